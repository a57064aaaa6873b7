import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterConnecting, due, repeatTaken } from '../../page/src/chat/outbox.js'

const message = (id, qos, state) => ({ id, qos, state })
const ids = (messages) => messages.map(({ id }) => id).join('')

test('messages of one QoS go together, in the order of writing', () => {
  const outbox = [
    message('a', 1, 'waiting'),
    message('b', 1, 'waiting'),
    message('c', 2, 'waiting'),
    message('d', 1, 'waiting'),
  ]
  assert.equal(ids(due(outbox)), 'ab')
})

test('another QoS waits until nothing is under way', () => {
  assert.equal(ids(due([message('a', 1, 'sent'), message('b', 2, 'waiting')])), '')
  assert.equal(ids(due([message('a', 1, 'taken'), message('b', 2, 'waiting')])), 'b')
  assert.equal(ids(due([message('a', 2, 'sent'), message('b', 2, 'waiting')])), 'b')
})

test('not all is sent at once', () => {
  const outbox = Array.from({ length: 30 }, (_, index) => message(`${index}`, 1, index < 4 ? 'sent' : 'waiting'))
  assert.equal(due(outbox).length, 6)
})

test('what may be lost is sent again', () => {
  const states = (resumed) => {
    const outbox = ['waiting', 'sent', 'taken'].map((state) => message('a', 1, state))
    afterConnecting(outbox, resumed)
    return outbox.map(({ state }) => state)
  }
  assert.deepEqual(states(true), ['waiting', 'waiting', 'taken'])
  assert.deepEqual(states(false), ['waiting', 'waiting', 'waiting'])
})

test('what was taken over and never came back is sent again', () => {
  const outbox = ['taken', 'sent', 'refused'].map((state) => message('a', 1, state))
  repeatTaken(outbox)
  assert.deepEqual(
    outbox.map(({ state }) => state),
    ['waiting', 'sent', 'refused'],
  )
})
