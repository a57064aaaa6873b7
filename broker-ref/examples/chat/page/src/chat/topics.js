// The topics of a room. Everything that somebody writes is below `from/NAME`, which is all that the broker's users file
// lets that name write; so the name in a topic can be trusted, and a name in a payload is never looked at.

/** What a name or a room may be: it becomes a Topic Level, so it has no `/`, `+` or `#`. */
const WORD = /^[a-z0-9][a-z0-9-]{0,23}$/

/** The name under which the back end writes: what it says is an announcement. */
export const BACKEND = 'backend'

/** @returns {boolean} whether `text` can be a name or a room */
export const isWord = (text) => WORD.test(text)

/** The topics under which a page writes, and where it is answered. */
export const topicsOf = ({ room, name, device }) => ({
  say: `chat/${room}/from/${name}/say`,
  seen: `chat/${room}/from/${name}/seen`,
  typing: `chat/${room}/from/${name}/typing`,
  presence: `chat/${room}/from/${name}/presence/${device}`,
  ask: `chat/${room}/from/${name}/ask`,
  answer: `chat/answer/${name}/${device}`,
})

/** What a page subscribes to: Topic Filters and the highest QoS of each. */
export const filtersOf = ({ room, name, device }) => ({
  [`chat/${room}/from/+/say`]: { qos: 2 },
  [`chat/${room}/from/+/seen`]: { qos: 1 },
  [`chat/${room}/from/+/typing`]: { qos: 0 },
  [`chat/${room}/from/+/presence/+`]: { qos: 1 },
  [`chat/answer/${name}/${device}`]: { qos: 1 },
})

/** @returns {{ kind: string, name?: string, device?: string }} what a topic of `filtersOf` says */
export function readTopic(topic) {
  const [, second, third, name, kind, device] = topic.split('/')
  return second === 'answer' ? { kind: 'answer' } : third === 'from' ? { kind, name, device } : { kind: 'unknown' }
}
