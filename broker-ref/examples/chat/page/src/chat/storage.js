// What must survive a reload is in localStorage: it is written before the call returns, so nothing is acknowledged to
// the broker that a reload could lose. One area holds one name in one room.

/** @param {Storage} storage */
export function area(prefix, storage = localStorage) {
  return {
    read(key, otherwise) {
      const text = storage.getItem(`${prefix}:${key}`)
      try {
        return text === null ? otherwise : JSON.parse(text)
      } catch {
        return otherwise
      }
    },
    write: (key, value) => storage.setItem(`${prefix}:${key}`, JSON.stringify(value)),
    remove: (key) => storage.removeItem(`${prefix}:${key}`),
    /** The keys that begin so, in whatever order. */
    keys: (beginning) =>
      Array.from({ length: storage.length }, (_, index) => storage.key(index))
        .filter((key) => key.startsWith(`${prefix}:${beginning}`))
        .map((key) => key.slice(prefix.length + 1)),
  }
}
