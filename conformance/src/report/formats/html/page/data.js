
// The verdicts, the worst first.
const VERDICTS = [
  { name: "fail", label: "failed", mark: "✗" },
  { name: "blocked", label: "blocked", mark: "⊘" },
  { name: "error", label: "not judged", mark: "!" },
  { name: "warn", label: "warned", mark: "△" },
  { name: "pass", label: "passed", mark: "✓" },
  { name: "skip", label: "skipped", mark: "–" },
];

// The levels of statements that one can choose.
const LEVELS = [
  { name: "must", label: "MUST", of: ["must", "must-not"] },
  { name: "should", label: "SHOULD", of: ["should", "should-not"] },
  { name: "may", label: "MAY", of: ["may"] },
  { name: "plain", label: "other text", of: ["statement", "protocol-error", "unspecified"] },
];

const verdictOf = (name) => VERDICTS.find((verdict) => verdict.name === name);

const levelOf = (rule) => LEVELS.find((level) => level.of.includes(rule?.level)) ?? LEVELS[3];

const isWrong = (verdict) => verdict === "fail" || verdict === "blocked";

const nameOf = (name) => `${name.version} ${name.id}`;

async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64.trim()), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// `3.01-connect` is 3.1 CONNECT, `4.01-session-state` is 4.1 Session state.
function sectionTitle(section) {
  const [, number, words] = /^([\d.]+)-(.*)$/.exec(section) ?? [null, "", section];
  const plain = words.replaceAll("-", " ").replace("websocket", "WebSocket");
  const title = number.startsWith("3.") ? plain.toUpperCase() : plain.charAt(0).toUpperCase() + plain.slice(1);
  return `${number.replace(/\.0(?=\d)/g, ".")} ${title}`.trim();
}

// What the page shows: runs, cases with the verdict of each run, rules, and deviations that runs have in common.
function model(payload) {
  const rules = new Map(payload.rules.map((rule) => [nameOf(rule), rule]));
  const runs = payload.document.runs.map((run, index) => ({
    index,
    run,
    label: run.name ?? run.target,
    cases: new Map(run.cases.map((found) => [nameOf(found), found])),
  }));
  for (const one of runs) {
    // two runs of one broker are told apart by their URLs
    const others = runs.filter((other) => other !== one && other.label === one.label);
    const scheme = (run) => run.target.split(":")[0];
    const told = others.some((other) => scheme(other.run) === scheme(one.run)) ? one.run.target : scheme(one.run);
    one.full = others.length > 0 && told !== one.label ? `${one.label} (${told})` : one.label;
  }
  const cases = casesOf(runs, rules);
  return {
    document: payload.document,
    runs,
    rules,
    cases: [...cases.values()],
    byName: cases,
    sections: [...new Set([...cases.values()].map((one) => one.section))].sort(),
    versions: [...new Set([...cases.values()].map((one) => one.version))].sort(),
    deviations: deviationsOf(runs, rules, cases),
  };
}

function casesOf(runs, rules) {
  const cases = new Map();
  for (const { index, run } of runs) {
    for (const found of run.cases) {
      const key = nameOf(found);
      if (!cases.has(key)) {
        const [section, topic] = found.id.split("/");
        const cited = found.statements.map((id) => rules.get(`${found.version} ${id}`));
        cases.set(key, {
          key, section, topic, version: found.version, id: found.id, title: found.title, source: found.source,
          statements: found.statements,
          levels: new Set(cited.map((rule) => levelOf(rule).name)),
          text: [found.id, found.title, ...found.statements, ...cited.map((rule) => rule?.says)],
          of: [],
        });
      }
      const one = cases.get(key);
      one.of[index] = found;
      if (found.failure) one.text.push(found.failure.what);
    }
  }
  for (const one of cases.values()) one.text = one.text.join(" ").toLowerCase();
  return cases;
}

// Deviations with the same key and the same sentence are one, whichever brokers have it.
function deviationsOf(runs, rules, cases) {
  const groups = new Map();
  for (const { index, run } of runs) {
    for (const deviation of run.deviations) {
      const key = `${deviation.key}: ${deviation.what}`;
      const group = groups.get(key) ?? { key, what: deviation.what, statements: new Map(), of: [], names: new Set() };
      groups.set(key, group);
      group.of.push({ index, deviation });
      for (const [version, ids] of Object.entries(deviation.statements)) {
        for (const id of ids) group.statements.set(`${version} ${id}`, { version, id, rule: rules.get(`${version} ${id}`) });
      }
      for (const name of [deviation.clearest, ...deviation.witnesses]) group.names.add(nameOf(name));
    }
  }
  for (const group of groups.values()) {
    const shown = [...group.names].map((name) => cases.get(name)).filter(Boolean);
    const named = [...group.statements.values()];
    group.versions = new Set([...named, ...shown].map((one) => one.version));
    group.sections = new Set(shown.map((one) => one.section));
    group.levels = new Set(named.map((one) => levelOf(one.rule).name));
    group.known = group.of.every(({ deviation }) => deviation.known);
    group.text = [group.what, ...named.flatMap(({ id, rule }) => [id, rule?.says, rule?.title]), ...shown.flatMap((one) => [one.id, one.title])]
      .join(" ").toLowerCase();
  }
  // what is new first, then what more brokers do, then what more cases show
  return [...groups.values()].sort((a, b) =>
    a.known - b.known || b.of.length - a.of.length || b.names.size - a.names.size || a.key.localeCompare(b.key));
}

// How many of these cases got which verdict from a run.
function tally(cases, index) {
  const counts = { total: 0 };
  for (const one of cases) {
    const found = one.of[index];
    if (!found) continue;
    counts[found.verdict] = (counts[found.verdict] ?? 0) + 1;
    counts.total += 1;
  }
  return counts;
}

// `3 failed, 1 blocked, 41 passed`; the worst first.
const counted = (counts) =>
  VERDICTS.filter(({ name }) => counts[name]).map(({ name, label }) => `${counts[name]} ${label}`).join(", ");
