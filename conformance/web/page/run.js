// A run that is watched: progress, counts, what was found so far, and the report at the end.
import { element } from "./dom.js";
import { play } from "./suite-calls.js";

const VERDICTS = ["fail", "error", "warn", "pass", "skip"];
const SHOWN = 200;

/** Plays what is wanted, shows it in `place`, and keeps `button` from starting another run meanwhile. */
export async function run(place, button, wanted) {
  const progress = element("progress", { value: "0", max: "1", "aria-label": "Cases with a verdict" });
  const status = element("p", { role: "status" }, "Asking what the broker supports.");
  const counts = element("ul", { class: "counts", "aria-label": "Verdicts" });
  const found = element("ul", { class: "found", "aria-label": "Found so far", tabindex: "0" });
  const watched = play(wanted, (event) => take(event));
  const stop = element("button", { type: "button", onclick: () => { stop.disabled = true; watched.stop(); } }, "Stop");
  const actions = element("div", { class: "actions" }, stop);
  place.replaceChildren(progress, status, counts, actions, found);
  button.disabled = true;

  const tally = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0]));
  let ended = 0;
  let total = 0;
  let drawn = 0;
  function take(event) {
    if (event.kind === "started") total += event.cases;
    if (event.kind === "probed" && event.why) note("warn", event.version, event.why);
    if (event.kind === "note") note("warn", "the broker", event.text);
    if (event.kind === "waiting") status.textContent = `Waiting for ${event.version} ${event.id} and ${event.others} others.`;
    if (event.kind === "planned") status.textContent = `About ${Math.ceil(event.seconds)} s, with ${event.at_once} cases at once.`;
    if (event.kind !== "finished") return;
    ended += 1;
    tally[event.verdict] = (tally[event.verdict] ?? 0) + 1;
    if (event.verdict === "fail" || event.verdict === "error") note(event.verdict, `${event.version} ${event.id}`, event.what, event.title);
    // a thousand cases in memory take a second: the page is drawn a few times in it
    drawn ||= requestAnimationFrame(draw);
  }
  function draw() {
    drawn = 0;
    progress.max = total || 1;
    progress.value = ended;
    counts.replaceChildren(...VERDICTS.filter((verdict) => tally[verdict]).map((verdict) => element("li", { class: verdict }, `${tally[verdict]} ${verdict}`)));
  }
  function note(verdict, who, what, title = "") {
    if (found.children.length >= SHOWN) return;
    found.append(element("li", { class: verdict }, element("strong", {}, who), " ", title, element("br"), what));
  }

  try {
    const reports = await watched.reports;
    draw();
    const { summary, error } = reports;
    const failed = summary ? summary.fail + summary.blocked : 0;
    // in this page the time is virtual, and says nothing to anybody
    const time = wanted.url ? `, in ${summary?.seconds.toFixed(1)} s` : "";
    status.textContent = error ?? `${summary.pass + summary.warn} passed, ${failed} failed, ${summary.skip} skipped${time}${summary.interrupted ? ", stopped before the end" : ""}.`;
    status.classList.toggle("error-text", Boolean(error));
    progress.remove();
    found.remove();
    actions.replaceChildren(save("report.html", "text/html", reports.html), save("report.json", "application/json", reports.json));
    // in a frame of its own: its scripts cannot reach this page
    const frame = element("iframe", { title: "The report", sandbox: "allow-scripts" });
    frame.srcdoc = reports.html;
    if (summary && ended) place.append(frame);
  } catch (error) {
    status.textContent = error.message;
    status.classList.add("error-text");
    progress.remove();
    actions.remove();
  } finally {
    button.disabled = false;
  }
}

function save(name, type, text) {
  const start = () => {
    const url = URL.createObjectURL(new Blob([text], { type }));
    element("a", { href: url, download: `mqttspec-${name}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return element("button", { type: "button", onclick: start }, `Save ${name}`);
}
