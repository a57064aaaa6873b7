// The tabs of the page, and the forms that start runs.
import { element, filled } from "./dom.js";
import { packets } from "./packet.js";
import { run } from "./run.js";
import { ask } from "./suite-calls.js";
import { vectors } from "./vector.js";

const tabs = [...document.querySelectorAll("[role=tab]")];

function show(tab) {
  for (const other of tabs) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
  }
  tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  history.replaceState(null, "", `#${tab.getAttribute("aria-controls")}`);
}

for (const [index, tab] of tabs.entries()) {
  tab.addEventListener("click", () => show(tab));
  tab.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = tabs[(index + step + tabs.length) % tabs.length];
    show(next);
    next.focus();
  });
}
show(tabs.find((tab) => `#${tab.getAttribute("aria-controls")}` === location.hash) ?? tabs[0]);

for (const name of ["check", "wrong"]) {
  const form = document.querySelector(`#${name}-form`);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form.parentElement.querySelector(".run"), form.querySelector(".primary"), filled(form));
  });
}

async function start() {
  document.querySelector("#version").textContent = await ask("version");
  const groups = Map.groupBy(await ask("faults"), (fault) => fault.table);
  for (const select of document.querySelectorAll("select[name=fault]")) {
    for (const [table, faults] of groups) {
      const options = faults.map(({ name, does }) => element("option", { value: name }, does));
      select.append(element("optgroup", { label: table }, ...options));
    }
  }
  packets();
  vectors();
  document.querySelector("#message").remove();
}

start().catch((error) => {
  const message = document.querySelector("#message");
  message.textContent = `The suite cannot be loaded: ${error.message}`;
  message.classList.add("error-text");
});
