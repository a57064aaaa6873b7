// Calls to the suite in its worker.
const worker = new Worker("worker.js", { type: "module" });
const waiting = new Map();
let last = 0;

worker.onmessage = ({ data: { id, value, error, event } }) => {
  const call = waiting.get(id);
  if (!call) return;
  if (event) return call.tell?.(event);
  waiting.delete(id);
  if (error === undefined) call.resolve(value);
  else call.reject(new Error(error));
};
worker.onerror = () => {
  for (const { reject } of waiting.values()) reject(new Error("The suite has stopped; load the page again."));
  waiting.clear();
};

function post(call, args, tell) {
  const id = ++last;
  const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject, tell }));
  worker.postMessage({ id, call, args });
  return { id, answer };
}

/** Calls a function of the suite and parses what it gives, if that is JSON. */
export async function ask(call, ...args) {
  const text = await post(call, args).answer;
  return call === "version" ? text : JSON.parse(text);
}

/** Plays cases. Gives the promise of the reports, and a function that stops. */
export function play(wanted, tell) {
  // the browser writes a host name of other letters in ASCII; what it cannot read, the suite explains
  const foreign = wanted.url && /[^\0-\x7f]/.test(wanted.url) && URL.canParse(wanted.url);
  const named = foreign ? { ...wanted, url: new URL(wanted.url).href } : wanted;
  const { id, answer } = post("check", [named], tell);
  return { reports: answer, stop: () => void post("stop", [id]) };
}
