
// What the brokers do wrong, those that share it together.
function drawDeviations(report) {
  const groups = shownDeviations(report);
  const list = byId("deviation-list");
  // what is open stays open
  const open = new Set([...list.querySelectorAll("details[data-key][open]")].map((one) => one.dataset.key));
  if (groups.length === 0) {
    list.replaceChildren(el("p", { class: "empty" }, isFiltered() ? "No deviation fits the filters." : "No broker deviates in any case that ran."));
    return groups.length;
  }
  list.replaceChildren(...groups.map((group) => {
    const one = deviation(report, group);
    if (open.has(group.key)) one.build();
    return one;
  }));
  return groups.length;
}

function deviation(report, group) {
  const named = [...group.statements.values()];
  const cases = new Set(group.of.flatMap(({ deviation: { clearest, witnesses } }) => [clearest, ...witnesses].map(nameOf)));
  const levels = LEVELS.filter(({ name }) => group.levels.has(name));
  const summary = el("span", { class: "deviation-head" },
    el("span", { class: "what" }, group.what),
    el("span", { class: "facts" },
      levels.map(({ name, label }) => [el("span", { class: `level ${name}` }, label), " "]),
      [...group.versions].sort().map((version) => [el("span", { class: "tag" }, version), " "]),
      el("span", { class: "muted small" }, idsText(named), ` · ${plural(cases.size, "case")}`),
      group.known && el("span", { class: "tag known" }, "known")),
    report.runs.length > 1 && el("span", { class: "who-has" },
      report.runs.length > 1 && group.of.length === report.runs.length
        ? el("span", { class: "pill fail" }, `all ${report.runs.length} runs`)
        : group.of.map(({ index }) => [el("span", { class: "pill plain" }, report.runs[index].full), " "])));
  return lazy({ class: "deviation", "data-key": group.key }, summary, () => [
    el("h3", {}, "What the standard says"),
    listed(named, ({ version, id, rule: found }) => rule(version, id, found), 3),
    group.of.map(({ index, deviation: found }) => shownBy(report, index, found)),
  ]);
}

// `MQTT-3.1.2-24, MQTT-3.1.2-25 and 3 more`
function idsText(named) {
  const ids = [...new Set(named.map(({ id }) => id))];
  const more = ids.length > 3 ? ` and ${ids.length - 3} more` : "";
  return ids.slice(0, 3).join(", ") + more;
}

// The evidence of one broker.
function shownBy(report, index, found) {
  const { run, full } = report.runs[index];
  const clearest = run.cases.find((one) => one.id === found.clearest.id && one.version === found.clearest.version);
  const list = (title, names) => names.length > 0 &&
    lazy({ class: "remark" }, `${title} (${names.length})`, () => listed(names, (name) => caseLink(report, nameOf(name), index)));
  const parts = [
    found.inferred && el("p", { class: "small" }, "Inferred: no case that tests it failed, but cases that need it did."),
    found.closing && el("p", { class: "small" }, "The broker had to close the connection for it."),
    found.known && el("p", { class: "small" }, "Known: the baseline expects all its cases to fail."),
    el("p", { class: "clearest" }, el("span", { class: "muted small" }, "Clearest case: "), caseLink(report, nameOf(found.clearest), index)),
    clearest && failure(clearest),
    clearest && rerun(run, clearest),
    list("Other cases that show it", found.witnesses),
    list("Cases that it blocks", found.blocked),
    list("Passed cases about the same statements, which limit it", found.kept),
  ];
  if (report.runs.length === 1) return el("div", { class: "shown-by" }, parts);
  const details = lazy({ class: "shown-by" }, el("b", {}, full), () => parts);
  return details;
}
