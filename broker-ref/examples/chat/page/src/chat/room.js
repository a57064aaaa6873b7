// A conversation: one name in one room, as the components show it.

import { computed, reactive, watch } from 'vue'
import { area } from './storage.js'
import { connect } from './connection.js'
import { add, highest, merge, showsGap } from './history.js'
import { afterConnecting, due, repeatTaken } from './outbox.js'
import { LONGEST_TEXT, parseAnswer, parseMessage, parseSeen } from './payloads.js'
import { usePeople } from './people.js'
import { readTopic } from './topics.js'

/** So many requests may be without an answer; older ones are forgotten. */
const MOST_ASKED = 50
const TYPING_AGAIN = 2_000
/** So long after connecting, in milliseconds, all that waited at the broker should have come. */
const CHECK_AFTER = 4_000

/** @param {{ url: string, room: string, name: string, password: string }} login */
export function openRoom(login, onRefused) {
  const kept = area(`chat:${login.room}:${login.name}`)
  // identifies this browser: the Session and the numbering of messages are its own
  const device = kept.read('device', null) ?? crypto.randomUUID().slice(-12)
  kept.write('device', device)

  const state = reactive({
    connection: 'connecting',
    why: '',
    /** @type {import('./payloads.js').Message[]} */
    messages: kept.read('messages', []),
    /** @type {import('./payloads.js').Message[]} */
    outbox: kept.read('outbox', []),
    unread: kept.read('unread', []),
    qos: kept.read('qos', 1),
    archive: 'unknown',
  })
  let lastSeq = kept.read('lastSeq', 0)
  /** Requests to the back end that have no answer, by Correlation Data. */
  const asked = new Map(kept.read('asked', []))
  const people = usePeople(login.name, kept)
  let checking

  const save = () => {
    kept.write('messages', state.messages)
    kept.write('outbox', state.outbox)
    kept.write('unread', state.unread)
    kept.write('asked', [...asked])
  }

  const connection = connect(
    { ...login, device, area: kept },
    {
      onReady(resumed) {
        state.connection = 'open'
        state.why = ''
        afterConnecting(state.outbox, resumed)
        send()
        if (!resumed || state.messages.length === 0) askArchive()
        const taken = state.outbox.filter((one) => one.state === 'taken')
        clearTimeout(checking)
        checking = setTimeout(() => checkAgain(taken), CHECK_AFTER)
      },
      onLost(why) {
        clearTimeout(checking)
        state.connection = 'connecting'
        state.why = why ?? state.why
        people.forget()
      },
      onRefused,
      onMessage(topic, payload, properties) {
        const { kind, name, device: theirs } = readTopic(topic)
        if (kind === 'say') receive(parseMessage(payload, name))
        if (kind === 'seen') people.seen(name, parseSeen(payload))
        if (kind === 'typing') people.typing(name)
        if (kind === 'presence') people.present(name, theirs, payload.toString() !== '')
        if (kind === 'answer') answered(properties.correlationData?.toString(), parseAnswer(payload))
      },
      onAnswered(payload, { taken, again, why }) {
        const { id } = JSON.parse(payload || '{}')
        const message = state.outbox.find((one) => one.id === id) ?? state.messages.find((one) => one.id === id)
        if (!message || message.state === 'taken') return // it came back before its acknowledgement
        message.state = taken ? 'taken' : again ? 'waiting' : 'refused'
        message.why = why
        if (message.state === 'refused') settle(message)
        save()
        setTimeout(send, again ? 2_000 : 0)
      },
    },
  )

  /**
   * A broker that acknowledges before it saves may have lost messages in a crash, and nobody can tell from the Session: what it took
   * over and has not sent back goes again, and the archive may know what others said.
   */
  function checkAgain(taken) {
    repeatTaken(taken.filter((message) => state.outbox.includes(message)))
    send()
    askArchive()
  }

  /** Moves a message from the outbox to the end of the history. */
  function settle(message) {
    state.outbox = state.outbox.filter(({ id }) => id !== message.id)
    add(state.messages, message)
  }

  function receive(message) {
    if (!message) return
    const own = state.outbox.find(({ id }) => id === message.id)
    if (own) {
      settle({ ...own, state: 'taken' })
      setTimeout(send)
    } else {
      if (showsGap(state.messages, message)) askArchive()
      if (!add(state.messages, message)) return
      if (message.from !== login.name) state.unread.push(message.id)
      people.stopTyping(message.from)
    }
    save()
  }

  function send() {
    if (!connection.isOpen()) return
    const messages = due(state.outbox)
    for (const message of messages) {
      const { id, stream, seq, text, at, qos } = message
      message.state = 'sent'
      if (qos === 0) settle(message)
      save()
      connection.publish(connection.topics.say, { id, stream, seq, text, at, qos }, { qos })
    }
    if (messages.some(({ qos }) => qos === 0)) send() // nothing answers these, so the next are due at once
  }

  function say(text) {
    const trimmed = text.trim().slice(0, LONGEST_TEXT)
    if (trimmed === '') return
    if (trimmed.startsWith('/')) return askBot(trimmed)
    lastSeq += 1
    kept.write('lastSeq', lastSeq)
    const message = {
      id: crypto.randomUUID(),
      from: login.name,
      text: trimmed,
      at: Date.now(),
      stream: device,
      seq: lastSeq,
      qos: state.qos,
      state: 'waiting',
    }
    state.outbox.push(message)
    save()
    send()
  }

  /** v5 Request/Response: the answer comes to a topic of this page alone, with the Correlation Data of the request. */
  function ask(request, question) {
    const id = crypto.randomUUID()
    const sent = connection.publish(connection.topics.ask, request, {
      qos: 1,
      properties: { responseTopic: connection.topics.answer, correlationData: id },
    })
    if (sent) asked.set(id, question ?? '')
    if (asked.size > MOST_ASKED) asked.delete(asked.keys().next().value)
    save()
    return sent
  }

  function askArchive() {
    if (state.archive === 'asked' || !ask({ ask: 'history' })) return
    state.archive = 'asked'
    setTimeout(() => {
      if (state.archive === 'asked') state.archive = 'silent'
    }, 5_000)
  }

  function askBot(text) {
    const id = crypto.randomUUID()
    add(state.messages, { id, kind: 'question', from: login.name, text, at: Date.now(), qos: 1 })
    if (!ask({ ask: 'bot', text }, id)) tell('There is no connection just now. Please ask again later.')
    save()
  }

  const tell = (text) =>
    add(state.messages, { id: crypto.randomUUID(), kind: 'answer', from: 'bot', text, at: Date.now(), qos: 1 })

  function answered(id, answer) {
    if (!answer || !asked.has(id)) return
    asked.delete(id)
    if (answer.messages) {
      state.archive = 'known'
      const fromElsewhere = merge(state.messages, answer.messages).filter(({ from }) => from !== login.name)
      state.unread.push(...fromElsewhere.map((one) => one.id))
      for (const { id: known } of answer.messages) state.outbox = state.outbox.filter((one) => one.id !== known)
    } else tell(answer.text)
    save()
  }

  let typingSaid = 0
  function typing() {
    if (Date.now() - typingSaid < TYPING_AGAIN) return
    typingSaid = Date.now()
    connection.publish(connection.topics.typing, {}, { qos: 0 })
  }

  /** Everything here was looked at; the others are told. */
  function look() {
    if (state.unread.length === 0) return
    state.unread = []
    save()
    tellSeen()
  }

  // retained: who comes later knows too; only the last matters, so it may be lost or come twice
  const tellSeen = () => connection.publish(connection.topics.seen, highest(state.messages), { qos: 1, retain: true })
  watch(
    () => state.connection,
    (now) => now === 'open' && state.unread.length === 0 && state.messages.length > 0 && tellSeen(),
  )
  watch(
    () => state.qos,
    (qos) => kept.write('qos', qos),
  )

  return reactive({
    ...login,
    state,
    people: people.list,
    typists: people.typists,
    shown: computed(() => [...state.messages, ...state.outbox]),
    seenBy: (message) => people.whoSaw(message),
    say,
    typing,
    look,
    leave: connection.leave,
  })
}
