
// Shows a case, or the cases of a cell, over the page. `index` is the run.
function show(what, index) {
  state.show = what;
  state.run = String(index);
  writeState(true);
  drawPanel(report);
}

function hidePanel() {
  if (state.show === "") return;
  state.show = "";
  state.run = "";
  writeState(true);
  drawPanel(report);
}

function drawPanel(report) {
  const panel = byId("panel");
  const [, kind, key] = /^(\w+) ?(.*)$/.exec(state.show) ?? [];
  const one = report.runs[Number(state.run)] ?? report.runs[0];
  const content = kind === "case" && report.byName.has(key) ? casePanel(report, report.byName.get(key), one)
    : kind === "cell" ? cellPanel(report, key, one) : null;
  if (!content) {
    if (panel.open) panel.close();
    return;
  }
  const focused = panel.contains(document.activeElement) ? document.activeElement.dataset.tab : undefined;
  panel.replaceChildren(el("div", { class: "panel-head" }, content.head,
    el("button", { type: "button", class: "plain-button", on: { click: hidePanel } }, "Close", el("kbd", { class: "hint", "aria-hidden": "true" }, "Esc"))),
  el("div", { class: "panel-body", tabindex: "0", role: "region", "aria-labelledby": "panel-title" }, content.body));
  if (!panel.open) panel.showModal();
  panel.querySelector(".panel-body").scrollTop = 0;
  (focused && panel.querySelector(`[data-tab="${focused}"]`) || panel.querySelector(".panel-body")).focus();
}

// A case: what each broker did with it, and the evidence of one of them.
function casePanel(report, shown, one) {
  const found = shown.of[one.index];
  return {
    head: el("div", {},
      el("h2", { id: "panel-title", class: "mono" }, shown.id),
      el("p", { class: "muted small" }, el("span", { class: "tag" }, shown.version), ` ${sectionTitle(shown.section)} · ${shown.source}`)),
    body: [
      el("p", { class: "case-title" }, shown.title),
      report.runs.length > 1 && el("div", { class: "tabs", role: "group", "aria-label": "Broker" }, report.runs.map((other) =>
        el("button", {
          type: "button", class: "tab", "aria-pressed": String(other === one), "data-tab": other.index,
          on: { click: () => { state.run = String(other.index); writeState(false); drawPanel(report); } },
        }, el("span", {}, other.full), " ", shown.of[other.index] ? pill(shown.of[other.index].verdict) : el("span", { class: "muted" }, "no case")))),
      found ? evidence(report, one, found) : el("p", {}, "This broker's report does not have the case."),
      el("h3", {}, "What the standard says"),
      el("ul", { class: "plain" }, shown.statements.map((id) => el("li", {}, rule(shown.version, id, report.rules.get(`${shown.version} ${id}`))))),
    ],
  };
}

function evidence(report, one, found) {
  const link = found.by && report.byName.has(nameOf(found.by));
  return [
    el("p", { class: "verdict-line" }, pill(found.verdict), el("span", {}, ` by ${one.full}`), found.milliseconds > 0 && el("span", { class: "muted small" }, ` in ${found.milliseconds.toFixed(0)} ms`)),
    found.reason && el("p", {}, found.reason),
    (found.warnings ?? []).map((text) => el("p", {}, text)),
    found.failure && [el("h3", {}, "What was wrong"), failure(found)],
    link && el("p", {}, "Blocked by ", caseLink(report, nameOf(found.by), one.index)),
    found.flips && flips(one, found.flips),
    written(one.run, found),
    el("h3", {}, "What was said"),
    found.transcript ? sequence(found.transcript) : el("p", { class: "muted" }, untold(found)),
    (found.prefix || found.began) && el("p", { class: "muted small" },
      [found.began && `It began at ${found.began}`, found.prefix && `its topics and Client Identifiers begin with ${found.prefix}`].filter(Boolean).join("; "), ". Search the broker's log for that."),
    el("h3", {}, "Play it again"),
    rerun(one.run, found) ?? el("p", { class: "muted" }, "No command reaches a broker in memory."),
  ];
}

function untold(found) {
  if (found.verdict === "skip") return "Nothing: the case does not apply, and was not played.";
  if (found.verdict === "pass") return "The report leaves out the exchanges of passed cases. The command below plays the case again, and --report json-full=FILE keeps them.";
  return "The report has no exchange for this case.";
}

function flips(one, found) {
  const counts = Object.entries(found.counts).map(([name, count]) => `${count} × ${name}`).join(", ");
  return [
    el("h3", {}, "The verdict changed"),
    el("p", {}, counts),
    found.others.map((other) => lazy({ class: "remark" }, pill(other.verdict), () => [failure(other), other.transcript && sequence(other.transcript)])),
  ];
}

// The cases of a cell, the worst first.
function cellPanel(report, key, one) {
  const below = key === "" ? shownCases(report) : casesUnder(report, key);
  const groups = VERDICTS.map((verdict) => [verdict, below.filter((shown) => shown.of[one.index]?.verdict === verdict.name)]).filter(([, cases]) => cases.length > 0);
  const title = key === "" ? "All cases" : rowTitle(key);
  return {
    head: el("div", {}, el("h2", { id: "panel-title" }, title), el("p", { class: "muted small" }, one.full)),
    body: groups.length === 0 ? el("p", {}, "No case fits the filters.") : groups.map(([verdict, cases]) => [
      el("h3", {}, pill(verdict.name), ` ${plural(cases.length, "case")}`),
      listed(cases, (shown) => [caseLink(report, shown.key, one.index), shown.of[one.index].reason && el("span", { class: "muted small" }, ` ${shown.of[one.index].reason}`)], 40),
    ]),
  };
}

// The cases of a row: of a section, of a topic, or of a statement in a section.
function casesUnder(report, key) {
  const [, section, topic, name] = /^([^ /]+)(?:\/(\S+))?(?: (.+))?$/.exec(key) ?? [];
  return shownCases(report).filter((one) =>
    one.section === section && (!topic || one.topic === topic) && (!name || one.statements.some((id) => `${one.version} ${id}` === name)));
}

function rowTitle(key) {
  const [, section, topic, name] = /^([^ /]+)(?:\/(\S+))?(?: (.+))?$/.exec(key) ?? [];
  return [sectionTitle(section), topic?.replaceAll("-", " "), name].filter(Boolean).join(" · ");
}
