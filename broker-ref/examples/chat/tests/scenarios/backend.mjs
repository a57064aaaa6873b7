// The back end: announcements over HTTP and by schedule, the bot, and whom it answers.

import mqtt from 'mqtt'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../checks.mjs'

export const CLOCK_ROOM = 'clock'

export async function backend(stage) {
  const { checks, system } = stage
  const alice = await stage.arrive('alice', 'news')
  const bob = await stage.arrive('bob', 'news')
  const clock = await stage.arrive('carol', CLOCK_ROOM)
  await alice.connected()
  await bob.connected()

  const announce = async (id, text, room = 'news') => {
    const url = `http://127.0.0.1:${system.ports.http}/rooms/${room}/announcements/${id}`
    return (await fetch(url, { method: 'PUT', headers: { 'Content-Type': 'text/plain' }, body: text })).status
  }
  checks.check('announcement over HTTP is accepted', (await announce('lunch', 'Lunch is ready')) === 204)
  await checks.becomes('it is shown to both', async () => [await alice.texts(), await bob.texts()], [
    ['Lunch is ready'],
    ['Lunch is ready'],
  ])
  await announce('lunch', 'Lunch is ready')
  await announce('tea', 'Tea is ready')
  await checks.becomes('the same announcement again is shown once', () => alice.texts(), [
    'Lunch is ready',
    'Tea is ready',
  ])
  checks.check('a room that is no name is refused', (await announce('x', 'text', 'A+B')) === 400)
  checks.check('an empty announcement is refused', (await announce('x', '')) === 400)

  await alice.say('/count')
  await checks.becomes('the bot answers', () => alice.answers(), ['Messages in #news: 2'])
  checks.check('and nobody else sees that', (await bob.answers()).length === 0 && (await bob.texts()).length === 2)
  await foreignAnswerTopic(stage)

  await until(async () => (await clock.texts()).length > 0, 'an announcement by schedule')
  await checks.becomes(
    'the scheduled announcement is shown',
    async () => /^It is /.test((await clock.texts())[0]),
    true,
  )

  await system.stop('broker', 'SIGKILL')
  checks.check('without a broker an announcement is not accepted', (await announce('door', 'The door is open')) === 503)
  await system.start('broker')
  await until(
    async () => (await announce('door', 'The door is open')) === 204,
    'the same announcement is accepted later',
  )
  await checks.becomes('and is shown once', () => bob.texts(), ['Lunch is ready', 'Tea is ready', 'The door is open'])
}

/** Alice cannot make the back end write where she may not: Bob is answered what he asked. */
async function foreignAnswerTopic({ checks, system }) {
  const connect = (name) =>
    mqtt.connectAsync(`mqtt://127.0.0.1:${system.ports.tcp}`, {
      protocolVersion: 5,
      username: name,
      password: system.passwords[name],
      reconnectPeriod: 0,
    })
  const [alice, bob] = [await connect('alice'), await connect('bob')]
  const answered = []
  bob.on('message', (topic) => answered.push(topic))
  await bob.subscribeAsync('chat/answer/bob/#', { qos: 1 })
  const ask = (client, name, responseTopic) =>
    client.publishAsync(`chat/news/from/${name}/ask`, '{"ask":"bot","text":"/time"}', {
      qos: 1,
      properties: { responseTopic, correlationData: Buffer.from('1') },
    })
  await ask(alice, 'alice', 'chat/answer/bob/foreign')
  await ask(bob, 'bob', 'chat/answer/bob/own')
  await until(() => answered.includes('chat/answer/bob/own'), 'Bob is answered')
  await pause(200)
  checks.check('nobody can have others answered', !answered.includes('chat/answer/bob/foreign'))
  await Promise.all([alice.endAsync(), bob.endAsync()])
}
