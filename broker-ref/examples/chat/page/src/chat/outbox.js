// What was written and is not yet in the history. A message leaves the outbox only when the broker has sent it back, as it
// does to everybody in the room: then it has its place in the order. Until then it is kept, over reloads too, and sent
// again if the broker may not have it; who gets it twice knows it by its id.

/** So many messages are under way at once; all have one QoS, because order holds within one QoS only. */
const WINDOW = 10

const isUnderWay = ({ state }) => state === 'sent'

/**
 * The messages to be sent now, in this order.
 * @param {import('./payloads.js').Message[]} outbox in the order of writing
 */
export function due(outbox) {
  const underWay = outbox.filter(isUnderWay)
  const waiting = outbox.filter(({ state }) => state === 'waiting')
  const qos = underWay[0]?.qos ?? waiting[0]?.qos
  const otherQos = waiting.findIndex((message) => message.qos !== qos)
  const alike = otherQos === -1 ? waiting : waiting.slice(0, otherQos)
  return alike.slice(0, Math.max(0, WINDOW - underWay.length))
}

/**
 * There is a connection again, and the packets of the last one are all sent again and answered: what still has no answer
 * was never handed to a Session. If the broker has lost the Session, it may have lost what it took over, too.
 */
export function afterConnecting(outbox, resumed) {
  for (const message of outbox) {
    if (isUnderWay(message) || (!resumed && message.state === 'taken')) message.state = 'waiting'
  }
}

/** Messages that the broker took over and has not sent back, although it had the time: they are sent again. */
export function repeatTaken(messages) {
  for (const message of messages) if (message.state === 'taken') message.state = 'waiting'
}
