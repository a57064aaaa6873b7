
let report;

// Draws all that depends on the filters, and keeps the address in step.
function changed() {
  const cases = shownCases(report);
  const deviations = drawDeviations(report);
  drawMatrix(report, cases);
  drawOffers(report);
  drawFilters(report);
  byId("count").textContent = isFiltered()
    ? `${plural(deviations, "deviation")} and ${cases.length} of ${plural(report.cases.length, "case")} fit.`
    : `${plural(deviations, "deviation")}, ${plural(report.cases.length, "case")}, ${plural(report.runs.length, "broker or URL", "brokers or URLs")}.`;
  writeState(false);
}

function drawFilters(report) {
  byId("clear").hidden = !isFiltered();
  const used = ["broker", "version", "section", "level"].filter((key) => state[key] !== "").length + state.verdict.length;
  byId("more").textContent = used > 0 ? `Filters (${used})` : "Filters";
  if (byId("q").value !== state.q) byId("q").value = state.q;
  for (const key of ["broker", "version", "section", "level"]) byId(key).value = state[key];
  for (const chip of byId("verdicts").children) chip.setAttribute("aria-pressed", String(state.verdict.includes(chip.dataset.verdict)));
}

// The choices of the filters, which do not change.
function offerFilters(report) {
  const options = (id, all, entries) => {
    byId(id).replaceChildren(el("option", { value: "" }, all), ...entries.map(([value, text]) => el("option", { value }, text)));
    byId(id).addEventListener("change", (event) => { state[id] = event.target.value; changed(); });
  };
  options("broker", "all", report.runs.map((one) => [String(one.index), one.full]));
  options("version", "all", report.versions.map((version) => [version, version]));
  options("section", "all", report.sections.map((section) => [section, sectionTitle(section)]));
  options("level", "all", LEVELS.map(({ name, label }) => [name, label]));
  const there = VERDICTS.filter(({ name }) => report.cases.some((one) => one.of.some((found) => found?.verdict === name)));
  byId("verdicts").replaceChildren(...there.map(({ name, label, mark }) => el("button", {
    type: "button", class: `chip ${name}`, "data-verdict": name,
    on: {
      click: () => {
        state.verdict = state.verdict.includes(name) ? state.verdict.filter((one) => one !== name) : [...state.verdict, name];
        changed();
      },
    },
  }, el("span", { "aria-hidden": "true" }, mark), ` ${label}`)));
  let waiting;
  byId("q").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { state.q = event.target.value.trim(); changed(); }, 120);
  });
  byId("clear").addEventListener("click", () => {
    state = { ...EMPTY, by: state.by, open: state.open };
    changed();
    byId("q").focus();
  });
  byId("more").addEventListener("click", () => openFilters(byId("filters").hidden));
  for (const by of ["topic", "statement"]) byId(`by-${by}`).addEventListener("click", () => { state.by = by; rowsChanged(); });
}

function openFilters(isOpen) {
  byId("filters").hidden = !isOpen;
  byId("more").setAttribute("aria-expanded", String(isOpen));
}

function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input, select, textarea");
    if (event.key === "/" && !isTyping && !byId("panel").open && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      byId("q").focus();
      byId("q").select();
    }
  });
  // Esc closes a dialog by itself
  byId("panel").addEventListener("cancel", (event) => { event.preventDefault(); hidePanel(); });
  byId("panel").addEventListener("click", (event) => { if (event.target === byId("panel")) hidePanel(); });
  addEventListener("popstate", restore);
  addEventListener("hashchange", restore);
}

// On paper nothing can be opened: what is closed, but for lists of other cases, is opened for it and closed again.
function listenToPrinting() {
  let opened = [];
  addEventListener("beforeprint", () => {
    const root = byId("panel").open ? byId("panel") : byId("deviation-list");
    const closed = () => [...root.querySelectorAll("details:not([open], .remark)")].filter((one) => one.build);
    for (let now = closed(); now.length > 0; now = closed()) {
      now.forEach((one) => one.build());
      opened.push(...now);
    }
  });
  addEventListener("afterprint", () => {
    opened.forEach((one) => (one.open = false));
    opened = [];
  });
}

// Shows what the address says: at first, and after Back or a pasted link.
function restore() {
  if (location.hash !== "" && !location.hash.includes("=")) return; // a place on the page
  const read = readState();
  const filters = ({ show: _show, run: _run, ...rest }) => JSON.stringify(rest);
  const same = filters(read) === filters(state);
  state = read;
  if (!same) changed();
  drawPanel(report);
}

function offerThemes() {
  const themes = ["system", "light", "dark"];
  const set = (theme) => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    byId("theme").textContent = `Theme: ${theme}`;
  };
  let theme = "system";
  try {
    theme = themes.includes(localStorage.getItem("mqttspec-theme")) ? localStorage.getItem("mqttspec-theme") : theme;
  } catch {
    // a browser may keep nothing for files
  }
  set(theme);
  byId("theme").addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    set(theme);
    try {
      localStorage.setItem("mqttspec-theme", theme);
    } catch {
      // as above
    }
  });
}

async function start() {
  offerThemes();
  if (typeof DecompressionStream === "undefined") {
    byId("message").textContent = "This browser cannot unpack the report. Use a version from 2023 or later: Chrome 80, Firefox 113 or Safari 16.4.";
    return;
  }
  report = model(await unpack(byId("data").textContent));
  const { document: data, runs } = report;
  document.title = `MQTT conformance: ${[...new Set(runs.map((one) => one.label))].join(", ")}`;
  const began = runs.map((one) => one.run.began).filter(Boolean).sort()[0];
  byId("about").textContent = [
    `${plural(runs.length, "broker or URL", "brokers or URLs")}`,
    began && moment(began),
    `${data.tool} ${data.tool_version}`,
    `vectors ${data.vectors_version}`,
  ].filter(Boolean).join(" · ");
  byId("foot").textContent = "A failure is a broker's only if the standard says so: each names the statement. What the standard says is told in our words; its own words decide.";
  offerFilters(report);
  drawBrokers(report);
  listenToKeys();
  listenToPrinting();
  state = readState();
  openFilters(matchMedia("(min-width: 64rem)").matches);
  byId("report").hidden = false;
  byId("message").hidden = true;
  changed();
  drawPanel(report);
}

start().catch((error) => {
  byId("message").hidden = false;
  byId("message").textContent = `The report cannot be shown: ${error.message}. Write it again with this version of mqttspec.`;
  console.error(error);
});
