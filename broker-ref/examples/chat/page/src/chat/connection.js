// MQTT.js, set up so that a Session lasts: over lost connections, over reloads, and over restarts of the broker.

import mqtt from 'mqtt'
import { PacketStore } from './packetStore.js'
import { filtersOf, topicsOf } from './topics.js'

/** How long the broker keeps the Session of a page that is away, in seconds: a week. */
const SESSION_EXPIRY = 7 * 24 * 3600
/** Presence is said again so often, and forgotten after twice the time, in seconds. */
const PRESENCE_AGAIN = 60
/** After this a lost page counts as away, in seconds: a reload takes less. */
const WILL_DELAY = 3

// Reason Codes
const WRONG_PASSWORD = [0x86, 0x87]
const TAKEN_OVER = 0x8e
/** Packet Identifier not found: the broker forgot the message. Quota exceeded: it has no place just now. */
const TRY_AGAIN = [0x92, 0x97]

/**
 * @param {{ url: string, room: string, name: string, password: string, device: string, area: object }} who
 * @param {{ onReady: (resumed: boolean) => void, onLost: (why?: string) => void, onRefused: (why: string) => void,
 *   onMessage: (topic: string, payload: { toString(): string }, properties: object) => void,
 *   onAnswered: (payload: string, answer: { taken: boolean, again?: boolean, why?: string }) => void }} events
 *   `onReady`: subscribed, and all that was under way before is sent again and answered. `onAnswered`: the broker has
 *   taken a QoS 1 or 2 message over, or refused it; this comes for messages from before a reload too.
 */
export function connect(who, events) {
  const topics = topicsOf(who)
  const outgoing = new PacketStore(who.area, 'outgoing')
  const incoming = new PacketStore(who.area, 'incoming')
  const client = mqtt.connect(who.url, {
    protocolVersion: 5,
    clean: false,
    clientId: `chat-${who.name}-${who.room}-${who.device}`,
    username: who.name,
    password: who.password,
    keepalive: 15,
    connectTimeout: 8_000,
    reconnectPeriod: 1_000,
    reconnectOnConnackError: true,
    resubscribe: false,
    queueQoSZero: false,
    outgoingStore: outgoing,
    incomingStore: incoming,
    messageIdProvider: new mqtt.UniqueMessageIdProvider(),
    // no Receive Maximum: mosquitto 2.0.11 exceeds it in a resumed Session, and MQTT.js hangs up
    properties: { sessionExpiryInterval: SESSION_EXPIRY },
    will: { topic: topics.presence, payload: '', qos: 1, retain: true, properties: { willDelayInterval: WILL_DELAY } },
  })

  // MQTT.js emits this before it looks at the packet itself, so the stores still are as they were.
  client.on('packetreceive', (packet) => {
    const { cmd, messageId, reasonCode = 0 } = packet
    if (cmd === 'connack' && reasonCode === 0 && !packet.sessionPresent) {
      outgoing.clear()
      incoming.clear()
    }
    const last = cmd === 'puback' || cmd === 'pubcomp' || (cmd === 'pubrec' && reasonCode >= 0x80)
    const payload = last && outgoing.subjectOf(messageId)
    if (payload) events.onAnswered(payload, answerOf(reasonCode, packet.properties?.reasonString))
  })

  let presence
  const sayPresent = () =>
    client.publish(topics.presence, JSON.stringify({ at: Date.now() }), {
      qos: 1,
      retain: true,
      properties: { messageExpiryInterval: 2 * PRESENCE_AGAIN },
    })
  client.on('connect', ({ sessionPresent }) => {
    // also in a resumed Session: what is retained, presence and what was seen, comes again
    client.subscribe(filtersOf(who), (error) => {
      if (error && client.connected) return refuse(`The broker refused the subscription: ${error.message}`)
      if (error) return
      sayPresent()
      clearInterval(presence)
      presence = setInterval(() => client.connected && sayPresent(), PRESENCE_AGAIN * 1000)
      events.onReady(sessionPresent)
    })
  })
  client.on('close', () => {
    clearInterval(presence)
    events.onLost()
  })
  client.on('message', (topic, payload, packet) => events.onMessage(topic, payload, packet.properties ?? {}))
  client.on('error', ({ code, message }) => {
    if (WRONG_PASSWORD.includes(code)) refuse('The broker does not know this name with this password.')
    else events.onLost(message)
  })
  client.on('disconnect', ({ reasonCode }) => {
    if (reasonCode === TAKEN_OVER) refuse('This conversation was opened elsewhere.')
  })

  function end() {
    clearInterval(presence)
    client.end(true)
  }

  function refuse(why) {
    end()
    events.onRefused(why)
  }

  return {
    topics,
    isOpen: () => client.connected,
    /** Sends now, if there is a connection; whether there is, is returned. */
    publish: (topic, value, options) =>
      client.connected && Boolean(client.publish(topic, JSON.stringify(value), options)),
    end,
    /** Says good-bye: no Will, and nobody is present. */
    leave() {
      if (!client.connected) return end()
      client.publish(topics.presence, '', { qos: 1, retain: true }, end)
      setTimeout(end, 1_000)
    },
  }
}

/** What a Reason Code means for a message. */
function answerOf(reasonCode, reasonString) {
  if (reasonCode < 0x80) return { taken: true }
  const why = reasonString ?? `the broker says 0x${reasonCode.toString(16)}`
  return { taken: false, again: TRY_AGAIN.includes(reasonCode), why }
}
