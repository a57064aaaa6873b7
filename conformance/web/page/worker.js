// The suite, away from the page, so that the page answers while a thousand cases are played. Each message has a `call`, its
// `args` and an `id`; the answer has the same `id`.
import init, * as suite from "./suite.js";

const ready = init();
const running = new Map();

onmessage = async ({ data: { id, call, args } }) => {
  try {
    await ready;
    const value = call === "check" ? await check(id, ...args) : call === "stop" ? running.get(args[0])?.() : suite[call](...args);
    postMessage({ id, value });
  } catch (error) {
    postMessage({ id, error: error.message ?? String(error) });
  }
};

// Plays, and gives every report that the page may want, because it cannot ask for them later without the worker's memory.
async function check(id, wanted) {
  const stop = new Promise((resolve) => running.set(id, resolve));
  const tell = (event) => postMessage({ id, event: JSON.parse(event) });
  try {
    const reports = await suite.check(JSON.stringify(wanted), tell, stop);
    const answer = { html: reports.as_text("html"), json: reports.as_text("json"), error: reports.error, summary: JSON.parse(reports.summary()) };
    reports.free();
    return answer;
  } finally {
    running.delete(id);
  }
}
