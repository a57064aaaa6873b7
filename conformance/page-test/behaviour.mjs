// What the page does: it counts as the JSON report does, leads from a broker to bytes, filters, and can be used without a
// mouse.

const LABELS = { fail: "failed", blocked: "blocked", error: "not judged", warn: "warned", pass: "passed", skip: "skipped" };

export async function behaviour({ open, check, report }) {
  const tab = await open({ viewport: { width: 1280, height: 900 } });
  const count = (selector) => tab.locator(selector).count();
  const settled = () => tab.waitForTimeout(300); // a search waits for the next key

  // counts, for each section and broker
  const sections = [...new Set(report.runs.flatMap((run) => run.cases.map((one) => one.id.split("/")[0])))].sort();
  const rows = await tab.locator("#matrix tbody tr.depth-0").evaluateAll((all) =>
    all.map((row) => [...row.querySelectorAll(".cell")].map((cell) => cell.textContent.split("in all: ")[1].split(".")[0])));
  check("a row for each section", rows.length === sections.length, `${rows.length} of ${sections.length}`);
  for (const [at, section] of sections.entries()) {
    for (const [index, run] of report.runs.entries()) {
      const verdicts = run.cases.filter((one) => one.id.startsWith(`${section}/`)).map((one) => one.verdict);
      const expected = Object.entries(LABELS).map(([name, label]) => [verdicts.filter((one) => one === name).length, label]);
      const text = expected.filter(([number]) => number > 0).map(([number, label]) => `${number} ${label}`).join(", ");
      check(`counts of ${run.name} in ${section}`, rows[at]?.[index] === text, `expected ${text}, found ${rows[at]?.[index]}`);
    }
  }
  const groups = new Set(report.runs.flatMap((run) => run.deviations.map((one) => `${one.key}: ${one.what}`)));
  check("each deviation once", (await count("#deviation-list > details")) === groups.size, `${groups.size}`);
  check("a card for each broker", (await count("#brokers .card")) === report.runs.length);

  // from a section to bytes
  const wrong = report.runs[1].cases.find((one) => one.verdict === "fail" && one.transcript && one.failure.observed?.hex && one.failure.step);
  const [section, topic] = wrong.id.split("/");
  await tab.locator(`[data-at="row ${section}"]`).click();
  await tab.locator(`[data-at="row ${section}/${topic}"]`).click();
  await tab.locator(`[data-at="cell ${wrong.version} ${wrong.id} 1"]`).click();
  await tab.locator("#panel[open]").waitFor();
  const panel = await tab.locator("#panel").textContent();
  for (const text of [wrong.id, wrong.title, wrong.failure.what, ...wrong.statements]) check(`the case says ${text}`, panel.includes(text));
  const lines = report.runs[1].vectors[wrong.source];
  const written = await tab.locator("#panel .written").evaluate((pre) => {
    const copy = pre.cloneNode(true);
    copy.querySelectorAll(".line, .visually-hidden").forEach((one) => one.remove());
    return copy.textContent.trimEnd().split("\n").map((line) => line.slice(1));
  });
  check("the case as it is written", JSON.stringify(written) === JSON.stringify(lines), written.join("\n"));
  const marked = await tab.locator("#panel .written mark").textContent();
  check("the step that failed is marked", marked.includes(wrong.failure.step) && marked.includes("(the step that failed)"), marked);
  const entries = await tab.locator("#panel .sequence > li:not(.pause)").count();
  check("a line for each entry of the transcript", entries === wrong.transcript.length, `${entries} of ${wrong.transcript.length}`);
  await tab.locator("#panel .sequence .bytes > summary").first().click();
  const bytes = (await tab.locator("#panel .sequence .hex").first().textContent()).replace(/^[0-9a-f]{4} {2}/gm, "").replace(/\s/g, "");
  check("its bytes", bytes === wrong.transcript.find((entry) => entry.hex).hex, bytes);

  // a link to the case, and the way back
  const link = await tab.evaluate(() => location.hash);
  const other = await open({ viewport: { width: 1280, height: 900 } }, link);
  check("a link shows the same case", (await other.locator("#panel-title").textContent()) === wrong.id);
  check("a link shows the same broker", (await other.locator("#panel .tab[aria-pressed=true]").textContent()).includes(report.runs[1].name));
  check("a link shows the same rows", (await other.locator(`[data-at="row ${section}/${topic}"]`).getAttribute("aria-expanded")) === "true");
  await other.context().close();
  await tab.keyboard.press("Escape");
  check("Esc closes the case", (await count("#panel[open]")) === 0);
  check("Esc leaves the focus at the cell", (await tab.evaluate(() => document.activeElement.dataset.at)) === `cell ${wrong.version} ${wrong.id} 1`);
  await tab.goBack();
  check("Back shows it again", (await count("#panel[open]")) === 1);
  await tab.keyboard.press("Escape");

  // a cell lists its cases
  await tab.locator(`[data-at="cell ${section} 1"]`).click();
  check("a cell lists its failed cases first", (await tab.locator("#panel h3").first().textContent()).includes("failed"));
  await tab.keyboard.press("Escape");

  // search and filters
  await tab.locator("h1").click();
  await tab.keyboard.press("/");
  check("/ focuses the search", (await tab.evaluate(() => document.activeElement.id)) === "q");
  await tab.keyboard.type(wrong.id.split("/")[2].split("[")[0]);
  await settled();
  const fits = await tab.locator("#count").textContent();
  const found = Number(/and (\d+) of/.exec(fits)?.[1]);
  check("search finds some cases", found > 0 && found < 500, fits);
  check("search stays in the address", (await tab.evaluate(() => location.hash)).includes("q="));
  await tab.keyboard.type(" nosuchword");
  await settled();
  check("search can find nothing", (await tab.locator("#matrix .empty").count()) === 1);
  await tab.locator("#clear").click();
  await tab.locator("#version").selectOption("v5");
  const v5 = new Set(report.runs.flatMap((run) => run.cases.filter((one) => one.version === "v5").map((one) => one.id))).size;
  check("cases of a version", (await tab.locator("#count").textContent()).includes(`and ${v5} of`), await tab.locator("#count").textContent());
  await tab.locator('#verdicts [data-verdict="fail"]').click();
  const failing = new Set(report.runs.flatMap((run) => run.cases.filter((one) => one.version === "v5" && one.verdict === "fail").map((one) => one.id))).size;
  check("cases of a verdict", (await tab.locator("#count").textContent()).includes(`and ${failing} of`), `${failing}`);
  const filtered = await open({ viewport: { width: 1280, height: 900 } }, await tab.evaluate(() => location.hash));
  check("a link shows the same filters", (await filtered.locator("#count").textContent()) === (await tab.locator("#count").textContent()));
  await filtered.context().close();
  await tab.locator("#clear").click();
  await tab.locator("#broker").selectOption("1");
  check("one broker", (await count("#matrix thead th")) === 2);
  const its = new Set(report.runs[1].deviations.map((one) => `${one.key}: ${one.what}`)).size;
  check("the deviations of one broker", its > 0 && (await count("#deviation-list > details")) === its, `${its}`);
  await tab.locator("#clear").click();
  await tab.locator("#level").selectOption("should");
  const should = Number(/and (\d+) of/.exec(await tab.locator("#count").textContent())?.[1]);
  check("cases of a level", should > 0 && should < 500, `${should}`);
  await tab.locator("#clear").click();

  // the keyboard alone
  await tab.locator("#by-statement").focus();
  await tab.keyboard.press("Enter");
  await tab.keyboard.press("Tab");
  check("Tab enters the table", await tab.evaluate(() => document.activeElement.closest("#matrix") !== null));
  await tab.keyboard.press("Home");
  await tab.keyboard.press("ArrowDown");
  await tab.keyboard.press("ArrowLeft");
  const row = await tab.evaluate(() => document.activeElement.dataset.at);
  check("arrows move in the table", row === `row ${sections[0]}`, row);
  const isOpen = () => tab.evaluate(() => document.activeElement.getAttribute("aria-expanded"));
  if ((await isOpen()) === "false") await tab.keyboard.press("Enter");
  check("Enter opens a row, and the focus stays", (await isOpen()) === "true");
  await tab.keyboard.press("ArrowDown");
  check("a statement is below its section", (await tab.evaluate(() => document.activeElement.dataset.at)).startsWith(`row ${sections[0]} v`));
  await tab.keyboard.press("Enter");
  await tab.keyboard.press("ArrowDown");
  await tab.keyboard.press("ArrowRight");
  await tab.keyboard.press("Enter");
  check("the keyboard leads to a case", (await count("#panel[open] .case-title")) === 1);
  await tab.keyboard.press("Escape");

  // the theme
  await tab.locator("#theme").click();
  await tab.locator("#theme").click();
  check("the theme can be chosen", (await tab.evaluate(() => getComputedStyle(document.documentElement).colorScheme)) === "dark");

  // paper: black on white whatever the theme, and open
  await tab.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await tab.emulateMedia({ media: "print" });
  const closed = await count("#deviation-list details:not([open], .remark)");
  check("on paper, deviations are open", closed === 0 && (await count("#deviation-list .evidence")) > 0, `${closed} closed`);
  const colours = await tab.evaluate(() => [...document.querySelectorAll("body, #deviation-list *, #matrix *")]
    .filter((one) => one.checkVisibility() && one.textContent.trim() !== "")
    .map((one) => getComputedStyle(one)).map((style) => `${style.color} on ${style.backgroundColor}`));
  const allowed = ["rgb(0, 0, 0) on rgb(255, 255, 255)", "rgb(0, 0, 0) on rgba(0, 0, 0, 0)"];
  const others = [...new Set(colours)].filter((one) => !allowed.includes(one));
  check("on paper, text is black on white", colours.length > 100 && others.length === 0, others.join(", "));
  await tab.evaluate(() => dispatchEvent(new Event("afterprint")));
  await tab.emulateMedia({ media: null });
  check("after printing, deviations are closed again", (await count("#deviation-list details[open]")) === 0);
  await tab.context().close();
}
