// Payloads from others: anything may come, so each is checked once, here, and is `null` if it is not what it should be.

/** Longest text of a message, in UTF-16 code units. */
export const LONGEST_TEXT = 2000

const isText = (value, longest) => typeof value === 'string' && value.length > 0 && value.length <= longest
const isCount = (value) => Number.isSafeInteger(value) && value >= 0

function json(payload) {
  try {
    const value = JSON.parse(payload.toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  } catch {
    return {}
  }
}

/**
 * A message. `stream` and `seq` are there if it comes from a page: the messages of one device, counted from 1.
 * @typedef {{ id: string, from: string, text: string, at: number, stream?: string, seq?: number, qos: number,
 *   state?: 'waiting' | 'sent' | 'taken' | 'refused', why?: string, kind?: 'question' | 'answer' }} Message
 */

/** @returns {Message | null} */
export function readMessage(value, from) {
  const { id, text, at, stream, seq, qos } = value ?? {}
  if (!isText(id, 80) || !isText(text, LONGEST_TEXT) || !isCount(at) || !isText(from, 24)) return null
  const counted = isText(stream, 40) && isCount(seq) ? { stream, seq } : {}
  return { id, from, text, at, ...counted, qos: [0, 1, 2].includes(qos) ? qos : 1 }
}

export const parseMessage = (payload, from) => readMessage(json(payload), from)

/** @returns {Record<string, number>} the highest number that was seen, by stream */
export const parseSeen = (payload) =>
  Object.fromEntries(Object.entries(json(payload)).filter(([stream, seq]) => isText(stream, 40) && isCount(seq)))

/** @returns {{ text: string } | { messages: Message[] } | null} what the back end answers */
export function parseAnswer(payload) {
  const { text, messages } = json(payload)
  if (Array.isArray(messages)) return { messages: messages.map((one) => readMessage(one, one?.from)).filter(Boolean) }
  return isText(text, 10 * LONGEST_TEXT) ? { text } : null
}
