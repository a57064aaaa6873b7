import assert from 'node:assert/strict'
import { test } from 'node:test'
import { add, highest, LONGEST_HISTORY, merge, showsGap } from '../../page/src/chat/history.js'

const message = (id, stream, seq) => ({ id, text: id, stream, seq })
const ids = (messages) => messages.map(({ id }) => id).join('')

test('a message that comes twice is there once', () => {
  const messages = []
  assert.equal(add(messages, message('a')), true)
  assert.equal(add(messages, message('a')), false)
  assert.equal(ids(messages), 'a')
})

test('order within a stream holds, also if a message was overtaken', () => {
  const messages = []
  for (const one of [message('a', 's', 1), message('x', 't', 1), message('c', 's', 3), message('b', 's', 2)])
    add(messages, one)
  assert.equal(ids(messages), 'axbc')
})

test('the archive fills gaps in its order and leaves the rest', () => {
  const messages = [message('b'), message('d'), message('f')]
  const added = merge(
    messages,
    ['a', 'b', 'c', 'd', 'e'].map((id) => message(id)),
  )
  assert.equal(ids(messages), 'abcdef')
  assert.equal(ids(added), 'ace')
  assert.equal(merge(messages, messages.slice()).length, 0)
})

test('order within a stream holds in the archive too', () => {
  const messages = []
  merge(messages, [
    message('a', 's', 1),
    message('c', 's', 3),
    message('b', 's', 2),
    message('x', 't', 1),
    message('d', 's', 4),
  ])
  assert.equal(ids(messages), 'abcxd')
  const known = [message('a', 's', 1), message('c', 's', 3)]
  merge(known, [message('a', 's', 1), message('d', 's', 4), message('c', 's', 3), message('b', 's', 2)])
  assert.equal(ids(known), 'abcd')
})

test('a history is limited', () => {
  const messages = []
  for (let index = 0; index < LONGEST_HISTORY + 5; index += 1) add(messages, message(`${index}`))
  assert.equal(messages.length, LONGEST_HISTORY)
  assert.equal(messages[0].id, '5')
})

test('gaps show, also at the beginning of a stream', () => {
  const messages = [message('a', 's', 4)]
  assert.deepEqual(highest(messages), { s: 4 })
  assert.equal(showsGap(messages, message('b', 's', 5)), false)
  assert.equal(showsGap(messages, message('b', 's', 6)), true)
  assert.equal(showsGap(messages, message('b', 't', 1)), false)
  assert.equal(showsGap(messages, message('b', 't', 2)), true)
  assert.equal(showsGap(messages, message('announcement')), false)
})
