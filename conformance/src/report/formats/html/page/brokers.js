
// A card for each run: its counts, and what is true of it as a whole.
function drawBrokers(report) {
  byId("brokers").replaceChildren(...report.runs.map((one) => card(report, one)));
}

function card(report, one) {
  const { run } = one;
  const counts = tally(report.cases, one.index);
  const head = headline(run, counts);
  const ran = (counts.total ?? 0) - (counts.skip ?? 0);
  return el("article", { class: "card", "aria-label": one.full },
    el("div", { class: "card-head" },
      el("h3", {}, one.label),
      run.insecure && el("span", { class: "pill warn" }, "certificate not verified")),
    run.name && el("p", { class: "muted small url" }, run.target),
    el("p", { class: `headline ${head.look}` }, head.text, head.more && el("span", { class: "small" }, head.more)),
    strip(counts),
    el("p", { class: "small" }, counted(counts) || "no cases"),
    kept(report, run),
    el("p", { class: "muted small" }, facts(run, ran)),
    remarks(report, run));
}

function headline(run, counts) {
  const { summary } = run;
  if (summary.could_not_run) return { look: "bad", text: "Could not run" };
  if (summary.interrupted) return { look: "bad", text: `Interrupted; ${plural(run.deviations.length, "deviation")} so far` };
  if (run.deviations.length > 0) {
    const known = run.deviations.filter((deviation) => deviation.known).length;
    const all = known === run.deviations.length;
    const more = all ? "all known by a baseline" : known > 0 ? `${known} known by a baseline` : "";
    return { look: all ? "known" : "bad", text: plural(run.deviations.length, "deviation"), more };
  }
  if (counts.fail || counts.blocked || counts.error || summary.not_run || run.leaks.length > 0) {
    return { look: "bad", text: counted({ fail: counts.fail, blocked: counts.blocked, error: counts.error }) || "Not finished" };
  }
  return counts.total ? { look: "good", text: "No deviation" } : { look: "bad", text: "No case ran" };
}

// The share of each verdict as a strip; the text below it says the same.
function strip(counts) {
  const bar = el("div", { class: "strip", "aria-hidden": "true" });
  for (const { name } of [...VERDICTS].reverse()) {
    if (!counts[name]) continue;
    const part = el("span", { class: name });
    part.style.flexGrow = String(counts[name]);
    bar.append(part);
  }
  return bar;
}

// For each version, how many of the tested statements of each level are kept.
function kept(report, run) {
  const rows = Object.keys(run.capabilities).sort().map((version) => {
    const learned = run.capabilities[version];
    if (learned.error !== undefined) return el("tr", {}, el("th", { scope: "row" }, version), el("td", { colspan: "2" }, `not tested: ${learned.error}`));
    const cells = LEVELS.slice(0, 2).map(({ name }) => {
      const tested = run.statements.filter((statement) =>
        statement.version === version && statement.verdict !== "not run" &&
        levelOf(report.rules.get(nameOf(statement))).name === name);
      const good = tested.filter((statement) => statement.verdict === "pass" || statement.verdict === "warn").length;
      return el("td", {}, tested.length ? `${good}/${tested.length}` : "none");
    });
    return el("tr", {}, el("th", { scope: "row" }, version), cells);
  });
  if (rows.length === 0) return null;
  return el("table", { class: "kept" },
    el("caption", { class: "visually-hidden" }, "Statements kept, of those tested"),
    el("thead", {}, el("tr", {}, el("td", { class: "muted" }, "kept"), el("th", { scope: "col" }, "MUST"), el("th", { scope: "col" }, "SHOULD"))),
    el("tbody", {}, rows));
}

function facts(run, ran) {
  const seconds = run.summary.seconds;
  const known = run.summary.expected_failures;
  return [
    `${plural(ran, "case")} in ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`,
    run.times > 1 ? `each ${run.times} times` : "",
    known > 0 ? `${plural(known, "failure")} known` : "",
    run.summary.flips > 0 ? `${plural(run.summary.flips, "case")} changed the verdict` : "",
  ].filter(Boolean).join(" · ");
}

const moment = (text) => text.replace("T", " ").replace(/:\d\d(\.\d+)?Z$/, " UTC");

// Everything else that one should know about the run.
function remarks(report, run) {
  const { summary } = run;
  const groups = [
    ["Could not run", summary.could_not_run ? [summary.could_not_run] : []],
    ["Cases without a verdict", summary.not_run > 0 ? [`${summary.not_run}, because the broker was gone or served only some clients`, ...(summary.suspects ?? []).map((one) => `may have caused it: ${one}`)] : []],
    ["Notes", run.notes],
    ["Messages that reached other cases", run.leaks, leak],
    ["Not offered", Object.entries(run.capabilities).flatMap(([version, learned]) => (learned.not_offered ?? []).map((text) => `${version}: ${text}`))],
    ["Verdicts that changed", run.cases.filter((one) => one.flips), (one) => caseLink(report, nameOf(one), report.runs.find((other) => other.run === run).index)],
    ["Left on the broker", summary.not_removed ?? []],
    ["Baseline entries whose cases all passed", summary.stale_baseline_entries ?? []],
    ["Baseline entries that match no case", summary.unmatched_baseline_entries ?? []],
    ["Leaks are expected by the baseline", summary.leaks_expected ? [summary.leaks_expected] : []],
  ].filter(([, items]) => items.length > 0);
  return groups.map(([title, items, draw]) =>
    lazy({ class: "remark" }, `${title} (${items.length})`, () => listed(items, draw ?? ((text) => text))));
}

function leak(found) {
  return el("div", {},
    el("p", {}, `${found.topic}, published by ${found.published_by ? nameOf(found.published_by) : "a client of no case"}, was seen by ${nameOf(found.seen_by)} (${found.statement})`),
    packet(found.observed));
}
