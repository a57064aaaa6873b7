// The packet inspector.
import { calmed, element } from "./dom.js";
import { ask } from "./suite-calls.js";

const LANES = 6;

export function packets() {
  const form = document.querySelector("#packet-form");
  const other = document.querySelector("#encode-form");
  const look = async () => {
    const found = await ask("inspect", form.bytes.value, form.version.value);
    const parts = found.error ? [element("p", { class: "error-text" }, found.error)] : found.map(part);
    document.querySelector("#parts").replaceChildren(...parts);
  };
  const encode = async () => {
    const made = await ask("encode", other.packet.value, form.version.value);
    const place = document.querySelector("#encoded");
    place.classList.toggle("error-text", Boolean(made.error));
    place.replaceChildren(made.error ? `line ${made.line}, column ${made.column}: ${made.error}` : made.hex);
    if (made.hex) place.append(" ", element("button", { type: "button", onclick: () => { form.bytes.value = made.hex; look(); } }, "Inspect"));
  };
  form.addEventListener("input", calmed(150, look));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.version.addEventListener("input", calmed(150, encode));
  other.addEventListener("input", calmed(150, encode));
  other.addEventListener("submit", (event) => event.preventDefault());
  look();
  encode();
}

/** One packet, or what is malformed: its text, its bytes by field, and its fields. */
function part(part) {
  const bytes = part.hex.split(" ");
  const cells = part.pieces.map((piece, index) => {
    const lane = `lane-${index % LANES}`;
    const own = bytes.slice(piece.from, piece.to);
    const letters = own.map((byte, offset) => element("span", { class: part.at === piece.from + offset && !part.ok ? `${lane} wrong-byte` : lane }, byte));
    const row = element("tr", { class: lane }, element("td", {}, piece.name), element("td", { class: "mono" }, shortened(own)), element("td", {}, said(part, piece, own)));
    const light = (on) => letters.forEach((letter) => letter.classList.toggle("lit", on));
    row.addEventListener("mouseenter", () => light(true));
    row.addEventListener("mouseleave", () => light(false));
    return { letters, row };
  });
  const head = element("p", {}, element("strong", { class: "mono" }, part.text));
  const shown = element("div", { class: "part" }, head);
  if (!part.ok) {
    const where = part.at >= bytes.length ? "after the last byte" : `at byte ${part.at}`;
    shown.append(element("p", { class: "error-text" }, `Wrong ${where}${part.rule ? `: ${part.statement} demands: ${part.rule}` : "."}`));
  }
  const fields = element("tbody", {}, ...cells.map(({ row }) => row));
  const heading = element("thead", {}, element("tr", {}, ...["field", "bytes", "value"].map((name) => element("th", { scope: "col" }, name))));
  shown.append(element("p", { class: "bytes", "aria-label": "Bytes by field" }, ...cells.flatMap(({ letters }) => letters)), element("table", {}, heading, fields));
  return shown;
}

/** What the bytes of a field say, as far as the decoded packet names it. */
function said({ fields }, { name }) {
  const value = name.split(".").reduce((inner, key) => inner?.[key], fields ?? {});
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

function shortened(bytes) {
  return bytes.length > 24 ? `${bytes.slice(0, 24).join(" ")} … (${bytes.length} bytes)` : bytes.join(" ");
}
