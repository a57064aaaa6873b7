import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LONGEST_TEXT, parseAnswer, parseMessage, parseSeen } from '../../page/src/chat/payloads.js'
import { isWord, readTopic } from '../../page/src/chat/topics.js'

const good = { id: '1', text: 'hello', at: 5, stream: 's', seq: 2, qos: 2 }

test('a message is read, and its author is the name in the topic', () => {
  assert.deepEqual(parseMessage(JSON.stringify({ ...good, from: 'eve', more: 1 }), 'bob'), { ...good, from: 'bob' })
})

test('what is no message is nothing', () => {
  const wrong = [
    { id: '' },
    { id: 7 },
    { text: '' },
    { text: 'x'.repeat(LONGEST_TEXT + 1) },
    { text: {} },
    { at: -1 },
    { at: '5' },
  ]
  for (const change of wrong)
    assert.equal(parseMessage(JSON.stringify({ ...good, ...change }), 'bob'), null, JSON.stringify(change))
  for (const payload of ['', 'no JSON', 'null', '[]', '7', '"text"'])
    assert.equal(parseMessage(payload, 'bob'), null, payload)
})

test('of what was seen and answered only what fits is taken', () => {
  assert.deepEqual(parseSeen('{"s":3,"t":-1,"u":"4"}'), { s: 3 })
  assert.deepEqual(parseAnswer('{"text":"yes"}'), { text: 'yes' })
  assert.deepEqual(parseAnswer(JSON.stringify({ messages: [{ ...good, from: 'bob' }, { id: 'x' }, null] })), {
    messages: [{ ...good, from: 'bob' }],
  })
  assert.equal(parseAnswer('{}'), null)
})

test('names, rooms and topics', () => {
  for (const word of ['a', 'alice', 'room-1', '0', 'x'.repeat(24)]) assert.ok(isWord(word), word)
  for (const word of ['', 'A', '-a', 'a/b', 'a+', '#', 'a b', 'é', 'a\n', 'x'.repeat(25)])
    assert.ok(!isWord(word), word)
  assert.deepEqual(readTopic('chat/tea/from/bob/presence/d1'), { kind: 'presence', name: 'bob', device: 'd1' })
  assert.deepEqual(readTopic('chat/answer/bob/d1'), { kind: 'answer' })
  assert.equal(readTopic('other').kind, 'unknown')
})
