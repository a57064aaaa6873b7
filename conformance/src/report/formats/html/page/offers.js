
// What each broker offers, side by side.
function drawOffers(report) {
  const runs = shownRuns(report);
  const names = new Set(runs.flatMap(({ run }) => Object.values(run.capabilities).flatMap((learned) => Object.keys(learned.offers ?? {}))));
  const versions = report.versions.filter((version) => state.version === "" || version === state.version);
  const rows = [...names].sort().map((name) => el("tr", {},
    el("th", { scope: "row" }, name.replaceAll("_", " ")),
    runs.map(({ run }) => el("td", {}, offered(run, name, versions)))));
  rows.push(el("tr", {}, el("th", { scope: "row" }, "round trip"), runs.map(({ run }) => el("td", {}, roundTrip(run, versions)))));
  byId("offers").replaceChildren(el("table", { class: "offers" },
    el("caption", { class: "visually-hidden" }, "Capabilities of each broker"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Capability"), runs.map((one) => column(one)))),
    el("tbody", {}, rows)));
}

// One value if the versions agree, else one for each; with the evidence.
function offered(run, name, versions) {
  const found = versions.map((version) => ({ version, offer: run.capabilities[version]?.offers?.[name] })).filter(({ offer }) => offer);
  if (found.length === 0) return el("span", { class: "muted" }, "not found out");
  const same = new Set(found.map(({ offer }) => JSON.stringify(offer.value))).size === 1;
  const lines = same ? [valueText(found[0].offer.value)] : found.map(({ version, offer }) => [el("span", { class: "tag" }, version), " ", valueText(offer.value)]);
  return lazy({ class: "offer" }, lines.map((line) => el("span", { class: "value" }, line)), () =>
    found.map(({ version, offer }) => el("p", { class: "small muted" }, `${version}: ${offer.evidence}`)));
}

const valueText = (value) => (value === true ? "yes" : value === false ? "no" : String(value));

function roundTrip(run, versions) {
  const times = versions.map((version) => run.capabilities[version]?.round_trip_ms).filter((time) => time !== undefined);
  return times.length > 0 ? `${Math.max(...times).toPrecision(2)} ms` : el("span", { class: "muted" }, "not found out");
}
