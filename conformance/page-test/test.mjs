// Tries the page in a browser: `node test.mjs PAGE FOLDER`, where PAGE.html is the page, PAGE.json the same report as
// JSON, and FOLDER is for screenshots.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { behaviour } from "./behaviour.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [page, screenshots] = process.argv.slice(2);
const address = pathToFileURL(`${page}.html`).href;
const report = JSON.parse(readFileSync(`${page}.json`, "utf8"));
let [passed, failed] = [0, 0];

function check(name, isTrue, detail = "") {
  if (isTrue) passed += 1;
  else failed += 1;
  if (!isTrue) console.log(`failed: ${name}${detail === "" ? "" : `: ${detail}`}`);
}

// as root, as in a container, Chromium has no sandbox
const root = process.getuid?.() === 0;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: root ? ["--no-sandbox"] : [] });

// Opens the page without a network, and notes whatever a page should not do.
async function open(options, hash = "") {
  const context = await browser.newContext(options);
  await context.setOffline(true);
  const tab = await context.newPage();
  tab.setDefaultTimeout(10_000);
  tab.on("console", (message) => ["error", "warning"].includes(message.type()) && check("no console errors", false, message.text()));
  tab.on("pageerror", (error) => check("no script errors", false, error.stack));
  tab.on("request", (request) => check("no requests", request.url().startsWith(address), request.url()));
  await tab.goto(address + hash);
  await tab.waitForSelector("#report:not([hidden])");
  return tab;
}

async function accessible(tab, where) {
  await tab.evaluate(axe);
  const { violations } = await tab.evaluate(() => globalThis.axe.run());
  const told = violations.map((one) => `${one.id} (${one.help}) at ${one.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(", ")}`);
  check(`accessible: ${where}`, violations.length === 0, told.join("; "));
  const beyond = await tab.evaluate(() => [document.documentElement, document.body].map((one) => one.scrollWidth - innerWidth));
  check(`nothing sticks out: ${where}`, Math.max(...beyond) <= 0, `${beyond} pixels`);
}

async function looks(width, colorScheme) {
  const tab = await open({ viewport: { width, height: width < 500 ? 780 : 900 }, colorScheme });
  const look = async (what) => {
    await accessible(tab, `${what}, ${width} pixels, ${colorScheme}`);
    await tab.screenshot({ path: `${screenshots}/${width}-${colorScheme}-${what}.png` });
  };
  await look("top");
  await tab.locator("#deviation-list > details > summary").first().click();
  const broker = tab.locator("#deviation-list details.shown-by > summary").first();
  await broker.click();
  await tab.locator("#deviation-list .clearest .link").first().waitFor();
  await look("deviation");
  await tab.locator("#matrix .depth-0 .opener").nth(3).click();
  await tab.locator("#matrix .depth-1 .opener").first().click();
  await tab.locator("#matrix .depth-2").first().scrollIntoViewIfNeeded();
  await look("matrix");
  await tab.locator("#by-statement").click();
  await tab.locator("#offers").scrollIntoViewIfNeeded();
  await look("offers");
  await tab.locator("#deviation-list .clearest .link").first().click();
  await tab.locator("#panel .sequence .bytes > summary").first().click();
  await tab.locator("#panel .sequence .hex").first().waitFor();
  await look("case");
  await tab.context().close();
}

await behaviour({ open, check, report });
for (const width of [360, 768, 1280]) for (const scheme of ["light", "dark"]) await looks(width, scheme);
await browser.close();
console.log(`${passed} passed, ${failed} failed; screenshots in ${screenshots}`);
process.exit(failed === 0 ? 0 : 1);
