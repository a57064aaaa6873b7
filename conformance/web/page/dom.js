// Elements. What the page shows goes in as text, never as markup.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** The fields of a form that are not empty. */
export function filled(form) {
  return Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
}

/** Calls at most once in that many milliseconds, the last time with the last arguments. */
export function calmed(milliseconds, call) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(call, milliseconds, ...args);
  };
}
