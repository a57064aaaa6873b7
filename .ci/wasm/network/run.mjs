// Plays every case in WebAssembly over the WebSocket of JavaScript, and by the command line over the same URL, and
// compares the verdicts: node run.mjs BINDINGS MQTTSPEC
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, exit } from "node:process";

if (typeof WebSocket === "undefined") {
    console.error("expected Node.js 22 or later, or 20.10 with --experimental-websocket: there is no WebSocket");
    exit(2);
}
const { check } = createRequire(import.meta.url)(argv[2]);
const mqttspec = argv[3];
const folder = await mkdtemp(join(tmpdir(), "mqttspec-wasm-"));
const programs = [];

/** Starts a program, and gives the first match of the pattern in what it says. */
async function start(program, args, pattern) {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    programs.push(child);
    let said = "";
    return new Promise((found, lost) => {
        const look = (text) => {
            said += text;
            const match = pattern.exec(said);
            if (match) found(match[0]);
        };
        for (const stream of [child.stdout, child.stderr]) stream.on("data", look);
        child.on("error", lost);
        child.on("exit", (code) => lost(new Error(`${program} ended with ${code}: ${said}`)));
    });
}

async function byCommandLine(url) {
    const report = join(folder, "native.json");
    const child = spawn(mqttspec, ["check", url, "--report", `json=${report}`], { stdio: "ignore" });
    const [code] = await once(child, "exit");
    if (code > 1) throw new Error(`mqttspec check ${url} ended with ${code}`);
    return JSON.parse(await readFile(report, "utf8")).runs[0];
}

async function inWebAssembly(url, interruption = new Promise(() => {})) {
    let finished = 0;
    const report = JSON.parse(await check(url, () => (finished += 1), interruption)).runs[0];
    if (finished !== report.cases.length) throw new Error(`${finished} events of ${report.cases.length} cases`);
    return report;
}

const isOfABrowser = (run) => run.verdict === "skip" && run.reason.startsWith("a browser ");

/** Prints counts and differences, and gives how many there are. */
async function compare(name, url) {
    const began = performance.now();
    const native = await byCommandLine(url);
    const between = performance.now();
    const web = await inWebAssembly(url);
    const [first, second] = [between - began, performance.now() - between].map((time) => (time / 1000).toFixed(1));
    const verdicts = new Map(native.cases.map((run) => [`${run.version} ${run.id}`, run]));
    const [counts, lines] = [{}, []];
    for (const run of web.cases) {
        counts[run.verdict] = (counts[run.verdict] ?? 0) + 1;
        const key = `${run.version} ${run.id}`;
        const other = verdicts.get(key);
        verdicts.delete(key);
        if (isOfABrowser(run) || run.verdict === other?.verdict) continue;
        const why = (run) => `${run?.verdict} ${run?.reason ?? JSON.stringify(run?.failure ?? "")}`;
        lines.push(`${key}: in WebAssembly ${why(run)}, by the command line ${why(other)}`);
    }
    for (const key of verdicts.keys()) lines.push(`${key}: it has no verdict in WebAssembly`);
    const beyond = web.cases.filter(isOfABrowser).length;
    console.log(
        `${name}: ${JSON.stringify(counts)}, ${beyond} of them beyond a browser, in ${second} s ` +
            `(command line ${first} s); ${lines.length} differ`,
    );
    lines.forEach((line) => console.log(`  ${line}`));
    const isPlayed = (counts.pass ?? 0) > web.cases.length / 2 && beyond > 0;
    if (!isPlayed) console.log("  expected most cases to pass, and a few to be beyond a browser");
    return lines.length + (isPlayed ? 0 : 1);
}

/** A run that is interrupted ends early; gives 0 if it did. */
async function interrupted(url) {
    const { cases, summary } = await inWebAssembly(url, new Promise((keep) => setTimeout(keep, 1000)));
    console.log(`interrupted after 1 s: ${cases.length} cases have a verdict`);
    return summary.interrupted ? 0 : 1;
}

let wrong = 0;
try {
    const url = await start(mqttspec, ["broker", "--listen", "ws://127.0.0.1:0/mqtt"], /ws:\/\/\S+/);
    wrong += await compare("reference broker", url);
    wrong += await interrupted(url);
} catch (error) {
    console.error(error);
    wrong += 1;
} finally {
    programs.forEach((program) => program.kill());
    await rm(folder, { recursive: true });
}
exit(wrong === 0 ? 0 : 1);
