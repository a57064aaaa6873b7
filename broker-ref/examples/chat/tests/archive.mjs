import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the back end has on disk of a room. */
export function archived({ folder }, room) {
  const file = join(folder, 'backend', 'rooms', `${room}.jsonl`)
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}
