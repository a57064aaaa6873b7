
const pill = (name) => el("span", { class: `pill ${name}` }, el("span", { "aria-hidden": "true" }, verdictOf(name).mark), ` ${verdictOf(name).label}`);

// Opens a case; `index` is the run whose evidence is shown.
function caseLink(report, name, index) {
  const one = report.byName.get(name);
  if (!one) return name;
  return el("button", { type: "button", class: "link mono", on: { click: () => show(`case ${name}`, index) } },
    el("span", { class: "tag" }, one.version), ` ${one.id}`);
}

// A statement: its id, its level, and what it says in our words.
function rule(version, id, found) {
  return el("div", { class: "rule" },
    el("span", { class: "tag" }, version), " ", el("span", { class: "mono" }, id), " ",
    found && el("span", { class: `level ${levelOf(found).name}` }, levelText(found.level)),
    found && el("span", { class: "muted small" }, ` ${found.section} ${found.title}`),
    found && el("p", {}, found.says));
}

function levelText(level) {
  if (level === "statement") return "plain text";
  if (level === "protocol-error") return "Protocol Error";
  return level === "unspecified" ? "unspecified" : level.replace("-", " ").toUpperCase();
}

// Bytes in lines, the wrong one marked.
function hex(digits, wrong) {
  const bytes = digits.match(/../g) ?? [];
  const width = matchMedia("(max-width: 40rem)").matches ? 8 : 16;
  const lines = [];
  for (let at = 0; at < bytes.length; at += width) {
    lines.push(el("span", { class: "offset" }, at.toString(16).padStart(4, "0")), "  ");
    const line = bytes.slice(at, at + width);
    const mark = wrong === undefined || wrong < at || wrong >= at + width ? -1 : wrong - at;
    if (mark < 0) lines.push(line.join(" "));
    else {
      lines.push(line.slice(0, mark).join(" "), mark > 0 ? " " : "",
        el("mark", { title: `offset ${wrong}` }, line[mark], hidden(" (the wrong byte)")),
        mark + 1 < line.length ? " " : "", line.slice(mark + 1).join(" "));
    }
    lines.push("\n");
  }
  return el("pre", { class: "hex", tabindex: "0", role: "region", "aria-label": "Bytes" }, lines);
}

function packet(observed) {
  return [
    el("code", {}, `${observed.connection} <- ${observed.packet}`),
    observed.hex && hex(observed.hex, observed.wrong_byte),
    observed.wrong_byte !== undefined && el("p", { class: "small muted" }, `The marked byte, at offset ${observed.wrong_byte}, is wrong.`),
  ];
}

// Why this statement is the one that is violated.
const HOW = {
  "always on": "that holds for every packet",
  written: "the step cites it",
  "illegal bytes": "the case sent illegal bytes",
  field: "a field of the packet shows it",
  "nothing came": "the packet did not come",
  own: "the case cites it",
};

// What was expected and what came.
function failure(found) {
  const told = found.failure;
  if (!told) return null;
  const row = (name, ...value) => [el("dt", {}, name), el("dd", {}, ...value)];
  return el("dl", { class: "evidence" },
    row("Wrong", told.what),
    told.step && row("Step", el("code", {}, told.step), el("span", { class: "muted small" }, ` ${told.source ?? ""}`)),
    told.expected.filter((text, at) => told.expected.length > 1 || text !== told.step || at > 0)
      .map((text, at) => row(at === 0 ? "Expected" : "or", el("code", {}, text))),
    row("Observed", told.observed ? packet(told.observed) : "no packet"),
    found.by && row("Blocked by", el("span", { class: "mono" }, nameOf(found.by))),
    found.accused && row("Statement", el("span", { class: "mono" }, found.accused), HOW[found.how] && el("span", { class: "muted small" }, `, as ${HOW[found.how]}`)),
    found.among?.length > 0 && row("One of", el("span", { class: "mono" }, found.among.join(", "))),
    found.expected_failure && row("Known", found.expected_failure));
}

// The case as its file has it, with the step that failed marked.
function written(run, found) {
  const lines = run.vectors?.[found.source];
  if (!lines) return null;
  const lineOf = (place) => Number(place?.split(":").at(-2));
  const [first, wrong] = [lineOf(found.source), lineOf(found.failure?.source)];
  return [
    el("h3", {}, "The case"),
    el("pre", { class: "written", tabindex: "0", role: "region", "aria-label": "The case" }, lines.map((text, at) => [
      el("span", { class: "line" }, String(first + at).padStart(String(first + lines.length).length)), " ",
      first + at === wrong ? el("mark", {}, text, hidden(" (the step that failed)")) : text, "\n",
    ])),
  ];
}

// The command that plays one case again.
function rerun(run, found) {
  if (run.rerun === undefined) return null;
  return command(["mqttspec check", run.rerun, `--mqtt-version ${found.version} --only ${quoted(found.id)}`].filter(Boolean).join(" "));
}

// The exchange as a sequence diagram: a lane for each connection, and one for the broker.
function sequence(entries) {
  const lanes = [...new Set(entries.map((entry) => entry.connection))];
  const x = (lane) => `calc(var(--lane-width) * ${lane + 0.5})`;
  const broker = lanes.length;
  const list = el("ol", { class: "sequence" });
  let before;
  for (const entry of entries) {
    if (before !== undefined && entry.milliseconds - before >= 1000) {
      list.append(el("li", { class: "pause" }, `${((entry.milliseconds - before) / 1000).toFixed(1)} s later`));
    }
    before = entry.milliseconds;
    list.append(line(entry, lanes.indexOf(entry.connection)));
  }
  const names = el("p", { class: "lanes-names small" }, lanes.map((name, lane) => el("span", { class: `lane-name lane-${lane % 6}` }, name)), el("span", { class: "lane-name broker" }, "broker"));
  return [names, list];

  function line(entry, lane) {
    const picture = el("span", { class: "lanes", "aria-hidden": "true" });
    picture.style.width = `calc(var(--lane-width) * ${broker + 1})`;
    for (let at = 0; at <= broker; at += 1) {
      const pole = el("span", { class: `pole ${at === broker ? "broker" : `lane-${at % 6}`}` });
      pole.style.left = x(at);
      picture.append(pole);
    }
    const arrow = el("span", { class: `arrow ${entry.direction} lane-${lane % 6}${entry.hex ? "" : " event"}` });
    arrow.style.left = x(lane);
    arrow.style.width = `calc(var(--lane-width) * ${broker - lane})`;
    picture.append(arrow);
    const [from, to] = entry.direction === "sent" ? [entry.connection, "broker"] : ["broker", entry.connection];
    const text = [hidden(`${from} to ${to}: `), ...kindOf(entry), entry.automatic && el("i", { class: "muted" }, " by the suite, without a step")];
    return el("li", { class: entry.automatic ? "automatic" : "" },
      el("span", { class: "time" }, entry.milliseconds.toFixed(1), hidden(" ms")),
      picture,
      el("span", { class: "said" },
        el("span", { class: `who lane-${lane % 6}` }, entry.connection), " ",
        entry.hex ? lazy({ class: "bytes" }, text, () => hex(entry.hex)) : el("span", {}, text)));
  }
}

// The name of the packet stands out from its fields.
function kindOf(entry) {
  const [, kind, fields] = /^([A-Z]{4,}):? ?(.*)$/.exec(entry.packet) ?? [null, null, entry.packet];
  return kind ? [el("b", {}, kind), " ", el("span", { class: "fields" }, fields)] : [el("span", { class: "fields" }, fields)];
}
