
// Sections by brokers. A row opens to its topics or statements, and these to cases.
function drawMatrix(report, cases) {
  const runs = shownRuns(report);
  const place = byId("matrix");
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.at : undefined;
  for (const by of ["topic", "statement"]) byId(`by-${by}`).setAttribute("aria-pressed", String(state.by === by));
  if (cases.length === 0) {
    place.replaceChildren(el("p", { class: "empty" }, "No case fits the filters."));
    return;
  }
  const body = el("tbody", {});
  for (const [section, below] of grouped(cases, (one) => [one.section])) {
    addRow(body, report, runs, { key: section, depth: 0, title: sectionTitle(section), cases: below });
  }
  const totals = el("tr", { class: "totals" }, el("th", { scope: "row" }, isFiltered() ? "All that fit" : "All"),
    runs.map((one) => cell(one, { key: "", title: "All", cases })));
  body.prepend(totals);
  place.replaceChildren(el("table", { class: "matrix" },
    el("caption", { class: "visually-hidden" }, "Verdicts for each section and broker"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Section"), runs.map((one) => column(one)))),
    body));
  rove(place, focused);
}

function column(one) {
  return el("th", { scope: "col" }, el("span", { class: "column" }, one.label), one.full !== one.label && el("span", { class: "muted small url" }, one.run.target));
}

function grouped(cases, keys) {
  const groups = new Map();
  for (const one of cases) {
    for (const key of keys(one)) {
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(one);
    }
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
}

function addRow(body, report, runs, row) {
  const isOpen = state.open.includes(row.key);
  const opener = el("button", {
    type: "button", class: "opener", "aria-expanded": String(isOpen), "data-at": `row ${row.key}`,
    on: { click: () => toggle(row.key) },
  }, row.title);
  body.append(el("tr", { class: `depth-${row.depth}` },
    el("th", { scope: "row" }, opener, row.note && el("span", { class: "note muted small" }, row.note)),
    runs.map((one) => cell(one, row))));
  if (!isOpen) return;
  if (row.depth === 0) for (const below of inside(report, row)) addRow(body, report, runs, below);
  else for (const one of [...row.cases].sort((a, b) => a.key.localeCompare(b.key, "en", { numeric: true }))) body.append(caseRow(runs, one));
}

// What is below a section.
function inside(report, row) {
  if (state.by === "topic") {
    return grouped(row.cases, (one) => [one.topic]).map(([topic, cases]) => ({
      key: `${row.key}/${topic}`, depth: 1, cases, note: cases[0].title,
      title: topic.charAt(0).toUpperCase() + topic.slice(1).replaceAll("-", " "),
    }));
  }
  return grouped(row.cases, (one) => one.statements.map((id) => `${one.version} ${id}`)).map(([name, cases]) => {
    const found = report.rules.get(name);
    return { key: `${row.key} ${name}`, depth: 1, cases, title: name, note: found && `${levelText(found.level)}: ${found.says}` };
  });
}

// How many cases got which verdict, the worst in large, and all in words.
function cell(one, row) {
  const counts = tally(row.cases, one.index);
  const at = `cell ${row.key} ${one.index}`;
  if (counts.total === 0) return el("td", {}, el("span", { class: "muted" }, "no case"));
  const worst = VERDICTS.slice(0, 4).filter(({ name }) => counts[name]);
  const good = (counts.pass ?? 0) + (counts.warn ?? 0);
  const seen = worst.length > 0
    ? worst.map(({ name, label }) => el("span", { class: `count ${name}` }, `${counts[name]} ${label}`))
    : [el("span", { class: good ? "count pass" : "count skip" }, good ? `${good} passed` : `${counts.skip} skipped`)];
  const rest = worst.length > 0 ? `of ${counts.total}` : counts.skip && good ? `${counts.skip} skipped` : "";
  return el("td", {}, el("button", {
    type: "button", class: "cell", "data-at": at, "data-run": one.index, "data-row": row.key,
    "data-counts": JSON.stringify(counts),
    on: { click: () => show(`cell ${row.key}`, one.index) },
  }, strip(counts), el("span", { class: "counts" }, seen.map((part) => [part, " "]), rest && el("span", { class: "muted" }, rest)), hidden(`; in all: ${counted(counts)}. ${row.title}, ${one.full}`)));
}

function caseRow(runs, one) {
  return el("tr", { class: "depth-2" },
    el("th", { scope: "row" }, el("button", { type: "button", class: "opener leaf", "data-at": `row ${one.key}`, on: { click: () => show(`case ${one.key}`, runs[0].index) } },
      el("span", { class: "tag" }, one.version), ` ${one.id.split("/").slice(2).join("/") || one.id}`)),
    runs.map(({ index, full }) => {
      const found = one.of[index];
      return el("td", {}, found
        ? el("button", { type: "button", class: "cell", "data-at": `cell ${one.key} ${index}`, on: { click: () => show(`case ${one.key}`, index) } },
          pill(found.verdict), found.flips && el("span", { class: "small" }, " changed"), hidden(`; ${one.id}, ${full}`))
        : el("span", { class: "muted" }, "no case"));
    }));
}

function toggle(key) {
  const isOpen = state.open.includes(key);
  state.open = isOpen ? state.open.filter((one) => one !== key) : [...state.open, key];
  rowsChanged();
}

// Other rows of the table are shown; the filters are as they were.
function rowsChanged() {
  drawMatrix(report, shownCases(report));
  writeState(false);
}

// One stop of the Tab key for the table; the arrow keys move in it.
function rove(place, focused) {
  const rows = [...place.querySelectorAll("tr")].map((row) => [...row.cells].map((one) => one.querySelector("button")));
  const all = rows.flat().filter(Boolean);
  const enter = (button, move) => {
    all.forEach((one) => (one.tabIndex = one === button ? 0 : -1));
    if (move) button.focus();
  };
  const start = all.find((one) => one.dataset.at === focused);
  enter(start ?? all[0], start !== undefined);
  const table = place.querySelector("table");
  table.addEventListener("focusin", (event) => event.target.dataset.at && enter(event.target, false));
  table.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    let [row, column] = [rows.findIndex((one) => one.includes(event.target)), event.target.closest("td, th").cellIndex];
    if (event.key === "Home") [row, column] = [1, -1], seek([0, 1]);
    else if (event.key === "End") [row, column] = [rows.length - 1, -1], seek([0, 1]);
    else if (step) seek(step);
    else return;
    event.preventDefault();

    function seek([down, right]) {
      do {
        row += down;
        column += right;
        const found = rows[row]?.[column];
        if (found) return enter(found, true);
      } while (row >= 0 && row < rows.length && column >= 0 && column <= rows[0].length);
    }
  });
}
