// The messages of a room, in the order in which the broker delivered them, which is the same for everybody. Each is there
// once, however often it comes: what counts is its id.

/** A page keeps so many; older ones are in the archive of the back end. */
export const LONGEST_HISTORY = 300

/**
 * Adds a message, unless it is there.
 * @param {import('./payloads.js').Message[]} messages changed in place
 * @returns {boolean} whether it is new
 */
export function add(messages, message) {
  if (messages.some(({ id }) => id === message.id)) return false
  messages.splice(placeFor(messages, message, messages.length), 0, message)
  messages.splice(0, messages.length - LONGEST_HISTORY)
  return true
}

/**
 * The place closest to the one that is wanted, between what the same stream said before and after. A QoS 1 message may overtake a
 * QoS 2 message of the same sender, v5 section 4.6, and a message may be sent again much later: its number says where it belongs.
 */
function placeFor(messages, { stream, seq }, wanted) {
  if (stream === undefined) return wanted
  const after = messages.findLastIndex((one) => one.stream === stream && one.seq < seq) + 1
  const before = messages.findIndex((one) => one.stream === stream && one.seq > seq)
  return Math.max(after, before === -1 ? wanted : Math.min(before, wanted))
}

/**
 * Adds what the archive has: each message that is missing goes behind the one before it in the archive.
 * @returns {import('./payloads.js').Message[]} the new ones
 */
export function merge(messages, archived) {
  const known = new Set(messages.map(({ id }) => id))
  const added = []
  let place = 0
  for (const message of archived) {
    if (known.has(message.id)) {
      place = messages.findIndex(({ id }) => id === message.id) + 1
    } else {
      messages.splice(placeFor(messages, message, place), 0, message)
      known.add(message.id)
      added.push(message)
      place += 1
    }
  }
  messages.splice(0, messages.length - LONGEST_HISTORY)
  return added
}

/** The highest number of each stream. */
export function highest(messages) {
  const seen = {}
  for (const { stream, seq } of messages) if (stream !== undefined && !(seq <= seen[stream])) seen[stream] = seq
  return seen
}

/** Whether a message shows that earlier ones of its stream are missing here. */
export const showsGap = (messages, { stream, seq }) =>
  stream !== undefined && seq > (highest(messages)[stream] ?? 0) + 1
