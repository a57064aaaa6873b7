import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PacketStore } from '../../page/src/chat/packetStore.js'
import { area } from '../../page/src/chat/storage.js'

function browserStorage() {
  const items = new Map()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
    key: (index) => [...items.keys()].toSorted()[index],
    get length() {
      return items.size
    },
  }
}
const publish = (messageId, payload, qos = 2) => ({
  cmd: 'publish',
  messageId,
  topic: 't',
  payload: Buffer.from(payload),
  qos,
  retain: false,
  dup: false,
})

async function again(store) {
  const packets = []
  for await (const packet of store.createStream()) packets.push(packet)
  return packets.map(({ cmd, messageId, dup, payload }) => ({ cmd, messageId, dup, payload }))
}

test('packets survive a reload, in the order of sending', async () => {
  const storage = browserStorage()
  const before = new PacketStore(area('p', storage), 'outgoing')
  for (const [id, payload] of [
    [7, 'seven'],
    [3, 'three'],
    [5, 'five'],
  ])
    before.put(publish(id, payload))
  before.put({ cmd: 'pubrel', messageId: 3, qos: 2 })
  before.del({ messageId: 5 })
  new PacketStore(area('p', storage), 'incoming').put(publish(9, 'from others'))

  const after = new PacketStore(area('p', storage), 'outgoing')
  assert.deepEqual(await again(after), [
    { cmd: 'publish', messageId: 7, dup: true, payload: 'seven' },
    { cmd: 'pubrel', messageId: 3, dup: undefined, payload: undefined },
  ])
  assert.equal(after.subjectOf(3), 'three', 'a PUBREL belongs to its message')
  after.get({ messageId: 7 }, (error, packet) => assert.deepEqual([error, packet.payload], [null, 'seven']))
  after.get({ messageId: 5 }, (error) => assert.match(error.message, /no such packet/))
})

test('nothing is left when the broker has lost the Session', async () => {
  const storage = browserStorage()
  const store = new PacketStore(area('p', storage), 'incoming')
  store.put(publish(1, 'one'))
  store.clear()
  assert.deepEqual(await again(new PacketStore(area('p', storage), 'incoming')), [])
})
