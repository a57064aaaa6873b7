"use strict";

// Builds an element. Text is set as text only, so nothing that a broker said can become markup.
function el(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "on") for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else if (key === "class") made.className = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

const byId = (id) => document.getElementById(id);

const hidden = (text) => el("span", { class: "visually-hidden" }, text);

const plural = (count, one, several = `${one}s`) => `${count} ${count === 1 ? one : several}`;

// A section that builds what is in it when it is first opened.
function lazy(attributes, summary, build) {
  const details = el("details", attributes, el("summary", {}, summary));
  let built = false;
  const open = () => {
    if (!details.open || built) return;
    built = true;
    details.append(el("div", { class: "opened" }, build()));
  };
  details.addEventListener("toggle", open);
  // for a caller that opens it at once
  details.build = () => {
    details.open = true;
    open();
  };
  return details;
}

// A list of which the first few are shown, and the others on demand.
function listed(items, draw, first = 8) {
  const list = el("ul", { class: "plain" }, items.slice(0, first).map((item) => el("li", {}, draw(item))));
  if (items.length <= first) return list;
  const more = el("button", { type: "button", class: "link" }, `Show ${items.length - first} more`);
  more.addEventListener("click", () => {
    const rest = items.slice(first).map((item) => el("li", {}, draw(item)));
    list.append(...rest);
    more.remove();
    rest[0].querySelector("button, a")?.focus();
  });
  return [list, more];
}

// A command that can be copied.
function command(text) {
  const copy = el("button", { type: "button", class: "copy" }, "Copy");
  const shown = el("code", {}, text);
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      // without a clipboard, as in some browsers for files: select it, so that Ctrl-C copies it
      getSelection().selectAllChildren(shown);
      copy.textContent = "Selected";
    }
    setTimeout(() => (copy.textContent = "Copy"), 2000);
  });
  return el("div", { class: "command" }, shown, copy);
}

// Quoted for a shell.
function quoted(text) {
  return /^[A-Za-z0-9/._-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
