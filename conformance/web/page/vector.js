// An editor for vectors, with the loader's messages and the schema's names.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { linter, lintGutter, lintKeymap } from "@codemirror/lint";
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { keysAt } from "./complete.js";
import { element, filled } from "./dom.js";
import { run } from "./run.js";
import schema from "../../../vectors/schema.json";
import { ask } from "./suite-calls.js";

const FIRST = `title: A message reaches a subscriber with its payload
versions: [v3.1.1, v5]
connected: [a, b]
cases:
  - name: hello
    cites:
      v3.1.1: [MQTT-4.3.1-1]
      v5:     [MQTT-4.3.1-1]
    steps:
      - b -> SUBSCRIBE: {packet_id: 1, subscriptions: [{filter: chat/room1, qos: 0}]}
      - b <- SUBACK: {packet_id: 1}
      - a -> PUBLISH: {topic: chat/room1, payload: hello}
      - b <- PUBLISH: {topic: chat/room1, payload: hello}
`;

export function vectors() {
  const view = new EditorView({
    doc: FIRST,
    parent: document.querySelector("#editor"),
    // what the package codemirror has too, search and folding, would be a tenth of the script
    extensions: [
      lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), drawSelection(), history(), indentOnInput(), bracketMatching(), closeBrackets(),
      yaml(), syntaxHighlighting(classHighlighter), lintGutter(), linter(mistakes, { delay: 250 }), autocompletion({ override: [complete] }),
      keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
      EditorView.contentAttributes.of({ "aria-label": "A file of vectors" }),
    ],
  });
  // what does not fit can be scrolled to by keyboard
  view.scrollDOM.tabIndex = 0;
  const form = document.querySelector("#vector-form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form.parentElement.querySelector(".run"), form.querySelector(".primary"), { ...filled(form), vectors: view.state.doc.toString() });
  });
}

function complete(context) {
  const word = context.matchBefore(/[\w-]*/);
  if (word.from === word.to && !context.explicit) return null;
  const lines = context.state.doc.sliceString(0, word.from).split("\n");
  const options = keysAt(schema, lines).map((label) => ({ label, type: "property", apply: `${label}: ` }));
  return options.length ? { from: word.from, options } : null;
}

async function mistakes(view) {
  const doc = view.state.doc;
  const found = await ask("lint", doc.toString());
  const list = document.querySelector("#mistakes");
  const cases = found.cases ?? [];
  list.classList.toggle("none", !found.mistakes);
  const lines = found.mistakes?.map(({ line, column, what }) => `line ${line}, column ${column}: ${what}`);
  list.replaceChildren(...(lines ?? [`no mistakes, ${cases.length} ${cases.length === 1 ? "case" : "cases"}`]).map((text) => element("li", {}, text)));
  return (found.mistakes ?? []).map(({ line, column, what }) => {
    const { from, to } = doc.line(Math.min(line, doc.lines));
    return { from: Math.min(from + column - 1, to), to, severity: "error", message: what };
  });
}
