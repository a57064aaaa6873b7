// Tries the page in a browser: `node page.mjs FOLDER SCREENSHOTS`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { pathOf } from "./page/complete.js";
import { commandLine, files, mosquitto, reference } from "./programs.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [folder, screenshots] = process.argv.slice(2);
let [passed, failed] = [0, 0];

function check(name, isTrue, detail = "") {
  if (isTrue) passed += 1;
  else failed += 1;
  console.log(`${isTrue ? "ok" : "FAILED"}: ${name}${isTrue || detail === "" ? "" : `: ${detail}`}`);
}

// as root, as in a container, Chromium has no sandbox
const root = process.getuid?.() === 0;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: root ? ["--no-sandbox"] : [] });
const served = await files(folder);

async function open(tool, options = {}) {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  tab.setDefaultTimeout(20_000);
  tab.on("pageerror", (error) => check("no script errors", false, error.stack));
  await tab.goto(`${served.url}#${tool}`);
  await tab.waitForSelector("#message", { state: "detached" });
  return tab;
}

async function accessible(tab, where) {
  await tab.evaluate(axe);
  const { violations } = await tab.evaluate(() => globalThis.axe.run({ exclude: ["iframe"] }));
  const told = violations.map((one) => `${one.id} at ${one.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(", ")}`);
  check(`accessible: ${where}`, violations.length === 0, told.join("; "));
  const beyond = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check(`nothing sticks out: ${where}`, beyond <= 0, `${beyond} pixels`);
}

/** Starts the run of a tool, waits for its end, and gives the JSON report that the page saves. */
async function report(tab, tool, limit) {
  await tab.click(`#${tool}-form .primary`);
  const save = tab.locator(`#${tool} .actions button`, { hasText: "report.json" });
  await save.waitFor({ timeout: limit });
  const [download] = await Promise.all([tab.waitForEvent("download"), save.click()]);
  return JSON.parse(readFileSync(await download.path(), "utf8"));
}

/** The verdicts of a report by case; blocked counts as failed, as both depend on which cases ran. */
function verdicts(report) {
  const cases = report.runs.flatMap((run) => run.cases);
  return new Map(cases.map((one) => [`${one.version} ${one.id}`, { verdict: one.verdict === "blocked" ? "fail" : one.verdict, skipped: one.skipped ?? one.what ?? one.why ?? "" }]));
}

async function sameAsTheCommandLine(name, url, only) {
  const expected = verdicts(await commandLine(url, only));
  const tab = await open("check");
  await tab.fill("#check-form [name=url]", url);
  await tab.fill("#check-form [name=only]", only);
  const start = performance.now();
  const found = verdicts(await report(tab, "check", 300_000));
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  await accessible(tab, `after a check of ${name}`);
  await tab.context().close();
  const beyond = [...found].filter(([id, one]) => one.verdict === "skip" && expected.get(id)?.verdict !== "skip");
  const other = [...expected].filter(([id, one]) => found.get(id)?.verdict !== one.verdict && found.get(id)?.verdict !== "skip");
  check(`${name}: the verdicts of the command line (${found.size} cases, ${beyond.length} skipped that a browser cannot play, ${seconds} s)`,
    found.size === expected.size && other.length === 0, other.map(([id, { verdict }]) => `${id}: ${verdict}, here ${found.get(id)?.verdict}`).join("; "));
  check(`${name}: most cases are played`, beyond.length < 60, `${beyond.length} skipped`);
}

async function wrongBroker() {
  const tab = await open("wrong");
  const all = await tab.locator("#wrong-form option").count();
  check("faults to choose from", all > 200, all);
  const right = await report(tab, "wrong", 60_000);
  check("the broker in the page passes", right.runs[0].summary.fail === 0 && right.runs[0].summary.pass > 1000, JSON.stringify(right.runs[0].summary));
  await tab.selectOption("#wrong-form [name=fault]", "retain-on-live");
  const wrong = await report(tab, "wrong", 60_000);
  const accused = wrong.runs[0].deviations.flatMap((one) => Object.values(one.statements).flat());
  check("a fault is accused of what it breaks", accused.some((id) => ["MQTT-3.3.1-9", "MQTT-3.3.1-12"].includes(id)), accused.join(", "));
  const frame = tab.frameLocator("#wrong iframe");
  await frame.locator("#deviation-list > details").first().waitFor();
  check("the report is in the page", (await frame.locator("#deviation-list > details").count()) === wrong.runs[0].deviations.length);
  await tab.screenshot({ path: `${screenshots}/wrong.png`, fullPage: true });
  await accessible(tab, "after a wrong broker");
  await tab.context().close();
}

async function packet() {
  const tab = await open("packet");
  await tab.locator("#parts .part").first().waitFor();
  check("a CONNECT has its fields", (await tab.textContent("#parts")).includes("keep_alive"));
  await tab.fill("#packet-form textarea", "36 05 00 01 61 00 01");
  await tab.locator("#parts .error-text").waitFor();
  const text = await tab.textContent("#parts");
  check("a malformed packet names the statement and what it demands", text.includes("MQTT-3.3.1-4 demands"), text);
  await tab.fill("#encode-form textarea", "PUBLISH: {topc: a}");
  await tab.locator("#encoded.error-text").waitFor();
  check("a mistake has its place", (await tab.textContent("#encoded")).includes("did you mean"), await tab.textContent("#encoded"));
  await tab.context().close();
}

async function vector() {
  const tab = await open("vector");
  await tab.locator("#mistakes.none").waitFor();
  const played = await report(tab, "vector", 30_000);
  check("the example passes", played.runs[0].summary.pass === 2, JSON.stringify(played.runs[0].summary));
  await tab.click("#editor .cm-content");
  await tab.keyboard.press("Control+End");
  await tab.keyboard.insertText("      - b <- PUBLISH: {topc: a}\n");
  await tab.locator("#mistakes:not(.none) li").first().waitFor();
  check("the loader's messages appear", (await tab.textContent("#mistakes")).includes("topc"), await tab.textContent("#mistakes"));
  await tab.keyboard.insertText("      - a -> SUBSCRIBE: {subs");
  await tab.keyboard.press("Control+Space");
  await tab.locator(".cm-tooltip-autocomplete", { hasText: "subscriptions" }).waitFor();
  check("the schema completes names", true);
  await tab.context().close();
}

function completion() {
  const lines = (text) => text.split("\n");
  check("a key at the top", pathOf(lines("ti")).length === 0);
  check("a key of a case", JSON.stringify(pathOf(lines("cases:\n  - name: a\n    st"))) === '["cases",null]', JSON.stringify(pathOf(lines("cases:\n  - name: a\n    st"))));
  const inside = pathOf(lines("cases:\n  - name: a\n    steps:\n      - a -> CONNECT: {ke"));
  check("a field of a packet", JSON.stringify(inside) === '["cases",null,"steps",null,"a -> CONNECT"]', JSON.stringify(inside));
}

async function looks() {
  for (const [width, colorScheme] of [[360, "light"], [360, "dark"], [1280, "light"], [1280, "dark"]]) {
    for (const tool of ["check", "wrong", "packet", "vector"]) {
      const tab = await open(tool, { viewport: { width, height: 800 }, colorScheme });
      await tab.waitForTimeout(300);
      await accessible(tab, `${tool}, ${width} pixels, ${colorScheme}`);
      await tab.screenshot({ path: `${screenshots}/${tool}-${width}-${colorScheme}.png` });
      await tab.context().close();
    }
  }
}

completion();
await packet();
await vector();
await wrongBroker();
await looks();
// mosquitto takes 200 ms for each handshake, which a browser makes a few of at a time: all cases would take four minutes
for (const [name, start, only] of [["the reference broker", reference, ""], ["mosquitto", mosquitto, "3.03-publish"]]) {
  const broker = await start();
  if (!broker) console.log(`NOT RUN: ${name} is not installed`);
  else await sameAsTheCommandLine(name, broker.url, only).finally(broker.close);
}
served.close();
await browser.close();
console.log(`${passed} passed, ${failed} failed; screenshots in ${screenshots}`);
process.exit(failed === 0 ? 0 : 1);
