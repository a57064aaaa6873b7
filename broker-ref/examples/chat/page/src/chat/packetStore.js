// The Client's half of the Session state (v5 section 4.1), kept across reloads: QoS 1 and 2 packets on their way out, or
// QoS 2 packets that came and are not released. Without it, a Session that the broker resumes would go wrong: a PUBREL
// would find no message, and a Packet Identifier used again would make the broker drop a new message as a repeated one.

import mqtt from 'mqtt'

/** A `Store` for MQTT.js: `outgoingStore` or `incomingStore`. */
export class PacketStore {
  #area
  #key
  /** @type {Map<number, object>} by Packet Identifier, in the order of sending */
  #packets

  constructor(area, key) {
    this.#area = area
    this.#key = key
    this.#packets = new Map(area.read(key, []))
  }

  put(packet, done) {
    const before = this.#packets.get(packet.messageId)
    // of a PUBREL we remember which message it belongs to
    const subject = packet.cmd === 'publish' ? packet.payload.toString() : before?.subject
    this.#packets.set(packet.messageId, { packet: plain(packet), subject })
    this.#save()
    done?.()
    return this
  }

  get({ messageId }, done) {
    const found = this.#packets.get(messageId)
    done(found ? null : new Error('no such packet'), found?.packet)
    return this
  }

  del({ messageId }, done) {
    const found = this.#packets.get(messageId)
    this.#packets.delete(messageId)
    this.#save()
    done?.(found ? null : new Error('no such packet'), found?.packet)
    return this
  }

  /** MQTT.js reads from here what it sends again, and leaves it to the store to set DUP, v5 [MQTT-3.3.1-1]. */
  createStream() {
    const again = new mqtt.Store()
    for (const { packet } of this.#packets.values()) again.put(packet.cmd === 'publish' ? { ...packet, dup: true } : packet)
    return again.createStream()
  }

  /** The payload of the message that a Packet Identifier belongs to. */
  subjectOf(messageId) {
    return this.#packets.get(messageId)?.subject
  }

  /** The broker has no Session any more: nothing here has a meaning. */
  clear() {
    this.#packets.clear()
    this.#save()
  }

  close(done) {
    done?.()
  }

  #save() {
    this.#area.write(this.#key, [...this.#packets])
  }
}

/** A packet as JSON can hold it; all payloads here are text. */
const plain = ({ cmd, messageId, topic, payload, qos, retain, properties }) =>
  cmd === 'publish' ? { cmd, messageId, topic, payload: payload.toString(), qos, retain, dup: false, properties } : { cmd, messageId, qos }
