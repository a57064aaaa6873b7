// What each client must do, for MQTT.js in Node and in a browser: `mqtt` is the library, `url` the broker's, `options`
// go to `connect`. Resolves to the names of what was done, rejects at the first that fails.

const WAIT = 10_000 // milliseconds

const within = (promise, what) =>
  Promise.race([promise, new Promise((_, no) => setTimeout(() => no(new Error(`${what}: nothing came`)), WAIT))])

/** A connected client that keeps what it receives. */
class Client {
  static async open(mqtt, url, options) {
    const client = new Client()
    client.messages = []
    client.waiting = []
    client.mqtt = mqtt.connect(url, { reconnectPeriod: 0, ...options })
    client.mqtt.on('message', (topic, payload, packet) => {
      const message = { topic, payload: payload.toString(), qos: packet.qos, retain: packet.retain }
      const waiting = client.waiting.shift()
      waiting ? waiting(message) : client.messages.push(message)
    })
    const connack = await within(
      new Promise((yes, no) => client.mqtt.once('connect', yes).once('error', no)), 'CONNACK')
    client.sessionPresent = connack.sessionPresent
    return client
  }

  async subscribe(topic, qos) {
    const [granted] = await within(this.mqtt.subscribeAsync(topic, { qos }), 'SUBACK')
    if (granted.qos !== qos) throw new Error(`granted ${granted.qos} for ${qos}`)
  }

  publish(topic, payload, qos, retain = false) {
    return within(this.mqtt.publishAsync(topic, payload, { qos, retain }), 'acknowledgement')
  }

  next() {
    const message = this.messages.shift()
    return message ? Promise.resolve(message) : within(new Promise((yes) => this.waiting.push(yes)), 'PUBLISH')
  }

  async expect(topic, payload, qos, retain = false) {
    const [wanted, found] = [{ topic, payload, qos, retain }, await this.next()].map((m) => JSON.stringify(m))
    if (wanted !== found) throw new Error(`wanted ${wanted}, found ${found}`)
  }

  close() {
    return this.mqtt.endAsync()
  }

  /** The network goes, without DISCONNECT. */
  vanish() {
    this.mqtt.stream.destroy()
  }
}

export async function scenarios(mqtt, url, options, prefix) {
  const v5 = options.protocolVersion === 5
  const open = (id, more = {}) => Client.open(mqtt, url, { ...options, clientId: `${prefix}-${id}`, ...more })
  const resuming = { clean: false, ...(v5 && { properties: { sessionExpiryInterval: 600 } }) }
  const done = []

  const a = await open('a')
  for (const qos of [0, 1, 2]) {
    await a.subscribe(`${prefix}/${qos}`, qos)
    await a.publish(`${prefix}/${qos}`, `hello ${qos}`, qos)
    await a.expect(`${prefix}/${qos}`, `hello ${qos}`, qos)
  }
  done.push('QoS 0, 1 and 2')

  await a.publish(`${prefix}/kept`, 'kept', 1, true)
  const b = await open('b')
  await b.subscribe(`${prefix}/kept`, 1)
  await b.expect(`${prefix}/kept`, 'kept', 1, true)
  await a.publish(`${prefix}/kept`, '', 1, true)
  await b.expect(`${prefix}/kept`, '', 1)
  done.push('retained')

  await b.subscribe(`${prefix}/will`, 1)
  const dying = await open('c', { will: { topic: `${prefix}/will`, payload: 'gone', qos: 1 } })
  dying.vanish()
  await b.expect(`${prefix}/will`, 'gone', 1)
  done.push('Will')

  const before = await open('d', resuming)
  if (before.sessionPresent) throw new Error('a Session from nowhere')
  await before.subscribe(`${prefix}/offline`, 2)
  await before.close()
  for (const number of [0, 1, 2, 3]) await a.publish(`${prefix}/offline`, `${number}`, 1 + (number % 2))
  const after = await open('d', resuming)
  if (!after.sessionPresent) throw new Error('the Session is gone')
  const received = []
  while (received.length < 4) received.push(await after.next())
  for (const qos of [1, 2]) {
    const found = received.filter((message) => message.qos === qos).map((message) => message.payload).join()
    if (found !== (qos === 1 ? '0,2' : '1,3')) throw new Error(`at QoS ${qos} came ${found}`)
  }
  await after.close()
  done.push('resumed session')

  await Promise.all([a.close(), b.close()])
  return done
}
