// People and the back end are away in turn: what is said meanwhile arrives once and in order. The back end, which could
// help out with its archive, is killed first: it is the broker that keeps the messages.

import { archived } from '../archive.mjs'
import { until } from '../checks.mjs'

export async function offline(stage) {
  const { checks, system } = stage
  const alice = await stage.arrive('alice', 'offline')
  const bob = await stage.arrive('bob', 'offline')
  await alice.connected()
  await bob.connected()
  await alice.say('before')
  await until(async () => (await bob.texts()).length === 1, 'the first message arrives')
  await until(() => archived(system, 'offline').length === 1, 'the back end has it')
  await system.stop('backend', 'SIGKILL')

  await bob.closePage()
  const said = ['before']
  const say = async (person, text, qos) => {
    said.push(text)
    await person.say(text, qos)
  }
  for (const number of [1, 2, 3]) await say(alice, `QoS 1, number ${number}`, 1)
  for (const number of [1, 2, 3]) await say(alice, `QoS 2, number ${number}`, 2)
  await until(async () => (await alice.mark('QoS 2, number 3')) === 'taken', 'the broker has them')

  alice.link.cut()
  await alice.disconnected()
  for (const number of [1, 2]) await say(alice, `from the tunnel at QoS 1, ${number}`, 1)
  for (const number of [1, 2]) await say(alice, `from the tunnel at QoS 2, ${number}`, 2)
  await alice.reload()
  await checks.becomes('unsent messages survive a reload', () => alice.texts(), said)
  await checks.becomes('they wait', () => alice.mark('from the tunnel at QoS 2, 2'), 'waiting')
  alice.link.mend()
  await checks.becomes(
    'they are sent with the next connection',
    () => alice.mark('from the tunnel at QoS 2, 2'),
    'taken',
  )

  await bob.open()
  await checks.becomes('QoS 1 and 2 arrive after being offline, once and in order', () => bob.texts(), said)
  await checks.becomes('and are seen', () => alice.mark('from the tunnel at QoS 2, 2'), 'seen')

  await bob.say('/time')
  await system.start('backend')
  await checks.becomes(
    'the back end archives what it missed, once',
    () =>
      archived(system, 'offline')
        .map(({ text }) => text)
        .sort(),
    [...said].sort(),
  )
  await until(async () => (await bob.answers()).length > 0, 'the bot answers')
  await checks.becomes(
    'the bot answers a question asked while it was away',
    async () => /^It is /.test((await bob.answers())[0]),
    true,
  )

  const carol = await stage.arrive('carol', 'offline')
  await checks.becomes('a newcomer gets the history', () => carol.texts(), said)
}
