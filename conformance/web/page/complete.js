// What the schema of vectors allows at a place in YAML: the keys of the mapping that the place is in. Mappings are told by
// their indentation; what is between braces has the keys of the packet or step before them.

/** Completions for the lines up to the cursor: the names that may come there. */
export function keysAt(schema, lines) {
  const path = pathOf(lines);
  return [...new Set(path.reduce((nodes, key) => nodes.flatMap((node) => children(schema, node, key)), [schema]).flatMap((node) => keys(schema, node)))];
}

/** The keys that lead to the cursor: a name for a mapping, null for an item of a list. */
export function pathOf(lines) {
  const path = [];
  const last = lines.at(-1) ?? "";
  let room = indentOf(last);
  if (last.trimStart().startsWith("- ")) path.unshift(null);
  // inside braces the owner is on the same line: `a -> CONNECT: {keep`
  const brace = last.match(/^\s*(?:- )*([^:{]+?)\s*:\s*\{[^}]*$/);
  if (brace) path.push(brace[1].replace(/^- /, ""));
  if (!last.trim()) room = Math.max(room, last.length);
  for (const line of lines.slice(0, -1).reverse()) {
    if (!line.trim() || line.trimStart().startsWith("#")) continue;
    const indent = indentOf(line);
    const key = line.replace(/^[\s-]*/, "").match(/^([^:#{]+?)\s*:(?:\s|$)/)?.[1];
    const isItem = line.trimStart().startsWith("- ");
    if (indent < room) {
      if (isItem && indent + 2 > room - 1 && indent + 2 <= room) {
        path.unshift(null);
        room = indent;
      } else if (key) {
        path.unshift(key);
        if (isItem) path.unshift(null);
        room = indent;
      }
    } else if (indent === room && path[0] === null && !isItem && key) {
      path.unshift(key);
      room = indent;
    }
  }
  return path;
}

function indentOf(line) {
  return line.length - line.trimStart().length;
}

function resolved(schema, node) {
  if (!node) return [];
  const target = node.$ref ? schema.definitions[decodeURIComponent(node.$ref.replace("#/definitions/", ""))] : node;
  return [target, ...(target?.anyOf ?? []).flatMap((inner) => resolved(schema, inner))].filter(Boolean);
}

function children(schema, node, key) {
  return resolved(schema, node).flatMap((own) => {
    if (key === null) return own.items ? [own.items] : [];
    const named = own.properties?.[key];
    if (named) return [named];
    const pattern = Object.entries(own.patternProperties ?? {}).find(([pattern]) => new RegExp(pattern).test(key));
    if (pattern) return [pattern[1]];
    return typeof own.additionalProperties === "object" ? [own.additionalProperties] : [];
  });
}

function keys(schema, node) {
  return resolved(schema, node).flatMap((own) => Object.keys(own.properties ?? {}));
}
