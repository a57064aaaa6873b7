// The Client's half of the Session state (v5 section 4.1), kept across reloads: QoS 1 and 2 packets on their way out, or
// QoS 2 packets that came and are not released. Without it, a Session that the broker resumes would go wrong: a PUBREL
// would find no message, and a Packet Identifier used again would make the broker drop a new message as a repeated one.

import mqtt from 'mqtt'

/** A `Store` for MQTT.js: `outgoingStore` or `incomingStore`. Each packet has an item of its own, so that many cost little. */
export class PacketStore {
  #area
  #name
  /** @type {Map<number, { place: number, packet: object, subject?: string }>} by Packet Identifier, in the order of sending */
  #entries

  constructor(area, name) {
    this.#area = area
    this.#name = name
    const kept = area.keys(`${name}:`).map((key) => area.read(key))
    this.#entries = new Map(kept.sort((a, b) => a.place - b.place).map((entry) => [entry.packet.messageId, entry]))
  }

  put(packet, done) {
    const before = this.#entries.get(packet.messageId)
    const place = before?.place ?? Math.max(0, ...[...this.#entries.values()].map((entry) => entry.place)) + 1
    // of a PUBREL we remember which message it belongs to
    const subject = packet.cmd === 'publish' ? packet.payload.toString() : before?.subject
    const entry = { place, packet: plain(packet), subject }
    this.#entries.set(packet.messageId, entry)
    this.#area.write(`${this.#name}:${packet.messageId}`, entry)
    done?.()
    return this
  }

  get({ messageId }, done) {
    const found = this.#entries.get(messageId)
    done(found ? null : new Error('no such packet'), found?.packet)
    return this
  }

  del({ messageId }, done) {
    const found = this.#entries.get(messageId)
    this.#entries.delete(messageId)
    this.#area.remove(`${this.#name}:${messageId}`)
    done?.(found ? null : new Error('no such packet'), found?.packet)
    return this
  }

  /** MQTT.js reads from here what it sends again, and leaves it to the store to set DUP, v5 [MQTT-3.3.1-1]. */
  createStream() {
    const again = new mqtt.Store()
    for (const { packet } of this.#entries.values())
      again.put(packet.cmd === 'publish' ? { ...packet, dup: true } : packet)
    return again.createStream()
  }

  /** The payload of the message that a Packet Identifier belongs to. */
  subjectOf(messageId) {
    return this.#entries.get(messageId)?.subject
  }

  /** The broker has no Session any more: nothing here has a meaning. */
  clear() {
    for (const messageId of [...this.#entries.keys()]) this.del({ messageId })
  }

  close(done) {
    done?.()
  }
}

/** A packet as JSON can hold it; all payloads here are text. */
const plain = ({ cmd, messageId, topic, payload, qos, retain, properties }) =>
  cmd === 'publish'
    ? { cmd, messageId, topic, payload: payload.toString(), qos, retain, dup: false, properties }
    : { cmd, messageId, qos }
