
// What is shown. The part of the address after # says it, so that a copied link shows the same.
const EMPTY = { q: "", verdict: [], broker: "", version: "", section: "", level: "", by: "topic", open: [], show: "", run: "" };
let state = { ...EMPTY };

function readState() {
  const found = new URLSearchParams(location.hash.slice(1));
  const read = { ...EMPTY };
  for (const key of Object.keys(EMPTY)) {
    if (!found.has(key)) continue;
    read[key] = Array.isArray(EMPTY[key]) ? found.getAll(key) : found.get(key);
  }
  if (read.by !== "statement") read.by = "topic";
  read.verdict = read.verdict.filter(verdictOf);
  return read;
}

function stateText() {
  const text = new URLSearchParams();
  for (const [key, empty] of Object.entries(EMPTY)) {
    if (Array.isArray(empty)) state[key].forEach((value) => text.append(key, value));
    else if (state[key] !== empty) text.set(key, state[key]);
  }
  return `#${text}`;
}

// Opening or leaving a case is a step that Back undoes; filters are not.
function writeState(isStep) {
  const address = stateText();
  if (address === location.hash || (address === "#" && location.hash === "")) return;
  history[isStep ? "pushState" : "replaceState"](null, "", address);
}

const isFiltered = () => ["q", "broker", "version", "section", "level"].some((key) => state[key] !== "") || state.verdict.length > 0;

const words = () => state.q.toLowerCase().split(/\s+/).filter(Boolean);

const shownRuns = (report) => report.runs.filter((one) => state.broker === "" || String(one.index) === state.broker);

function shownCases(report) {
  const [sought, runs] = [words(), shownRuns(report)];
  return report.cases.filter((one) =>
    (state.version === "" || one.version === state.version) &&
    (state.section === "" || one.section === state.section) &&
    (state.level === "" || one.levels.has(state.level)) &&
    (state.verdict.length === 0 || runs.some(({ index }) => state.verdict.includes(one.of[index]?.verdict))) &&
    sought.every((word) => one.text.includes(word)));
}

function shownDeviations(report) {
  const sought = words();
  if (state.verdict.length > 0 && !state.verdict.some(isWrong)) return [];
  return report.deviations
    .map((group) => ({ ...group, of: group.of.filter(({ index }) => state.broker === "" || String(index) === state.broker) }))
    .filter((group) =>
      group.of.length > 0 &&
      (state.version === "" || group.versions.has(state.version)) &&
      (state.section === "" || group.sections.has(state.section)) &&
      (state.level === "" || group.levels.has(state.level)) &&
      sought.every((word) => group.text.includes(word)));
}
