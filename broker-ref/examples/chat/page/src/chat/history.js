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
  // A QoS 1 message may overtake a QoS 2 message of the same sender, v5 section 4.6: its number says where it belongs.
  const later = messages.findIndex(({ stream, seq }) => stream !== undefined && stream === message.stream && seq > message.seq)
  messages.splice(later === -1 ? messages.length : later, 0, message)
  messages.splice(0, messages.length - LONGEST_HISTORY)
  return true
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
      messages.splice(place, 0, message)
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
export const showsGap = (messages, { stream, seq }) => stream !== undefined && seq > (highest(messages)[stream] ?? seq - 1) + 1
