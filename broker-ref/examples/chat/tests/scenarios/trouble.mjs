// Conversations in which everything goes wrong that can: nothing is lost, nothing comes twice, and order holds.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { archived } from '../archive.mjs'
import { until } from '../checks.mjs'

/** Each says so many messages: half of them at QoS 1, then half at QoS 2, and so on by fours. */
const MESSAGES = 24
const texts = (name) => Array.from({ length: MESSAGES }, (_, index) => `${name} ${index + 1}`)
const qosOf = (index) => (Math.floor(index / 4) % 2 === 0 ? 2 : 1)

async function talk(person, name, from = 0, to = MESSAGES) {
  for (let index = from; index < to; index += 1) {
    await person.say(texts(name)[index], qosOf(index))
    await pause(60)
  }
}

const NAMES = ['alice', 'bob']
const byName = (all) => NAMES.map((name) => all.filter((text) => text.startsWith(`${name} `)))

/** All that both said is on each page: once, and the messages of each in order. */
async function checkPages({ checks }, what, people) {
  for (const person of people) {
    await checks.becomes(
      `${what}: ${person.name} has every message once and in order`,
      async () => byName(await person.texts()),
      NAMES.map(texts),
      40_000,
    )
  }
}

async function checkArchive({ checks, system }, what, room) {
  const kept = () =>
    archived(system, room)
      .map(({ text }) => text)
      .sort()
  await checks.becomes(`${what}: so has the archive, in whatever order`, kept, NAMES.flatMap(texts).sort(), 40_000)
}

async function checkAll(stage, what, room, people) {
  await checkPages(stage, what, people)
  await checkArchive(stage, what, room)
}

async function twoIn(stage, room) {
  const people = [await stage.arrive('alice', room), await stage.arrive('bob', room)]
  for (const person of people) await person.connected()
  return people
}

/** The broker is killed, and connections break and are slow. */
export async function trouble(stage) {
  const { system } = stage
  const people = await twoIn(stage, 'trouble')
  const [alice, bob] = people
  alice.link.slowDown(40)
  bob.link.slowDown(15)
  const disturb = async () => {
    await pause(400)
    await system.stop('broker', 'SIGKILL')
    await pause(600)
    await system.start('broker')
    await pause(1_500)
    bob.link.blink()
    await pause(400)
    alice.link.blink()
  }
  await Promise.all([talk(alice, 'alice'), talk(bob, 'bob'), disturb()])
  await checkAll(stage, 'broker killed, links cut and slow', 'trouble', people)
}

/**
 * Pages are reloaded while messages are under way, so that handshakes of QoS 2 are torn apart. The back end, whose archive could
 * help out, is away.
 */
export async function reloads(stage) {
  const { system } = stage
  await system.stop('backend', 'SIGKILL')
  const people = await twoIn(stage, 'reloads')
  const [alice, bob] = people
  for (const person of people) person.link.slowDown(25)
  const reloadOften = async (person, name) => {
    const all = texts(name)
    for (let index = 0; index < MESSAGES; index += 6) {
      for (const [offset, text] of all.slice(index, index + 6).entries()) await person.say(text, qosOf(index + offset))
      await pause(40 * (index / 6)) // each time at another point of the handshakes
      await person.reload()
    }
  }
  await Promise.all([reloadOften(alice, 'alice'), reloadOften(bob, 'bob')])
  await checkPages(stage, 'reloads in the middle', people)
  await system.start('backend')
  await checkArchive(stage, 'reloads in the middle', 'reloads')
}

/** The broker comes back without its data: Sessions, subscriptions and retained messages are gone. */
export async function amnesia(stage) {
  const { system } = stage
  const people = await twoIn(stage, 'amnesia')
  const [alice, bob] = people
  const half = MESSAGES / 2
  const talkBoth = (from, to) => Promise.all([talk(alice, 'alice', from, to), talk(bob, 'bob', from, to)])
  await talkBoth(0, half)
  for (const person of people) await until(async () => (await person.texts()).length === 2 * half, 'all arrives')
  await until(() => archived(system, 'amnesia').length === 2 * half, 'the archive has all')

  await system.stop('broker', 'SIGKILL')
  for (const person of people) await person.disconnected()
  rmSync(join(system.folder, stage.broker, 'data'), { recursive: true, force: true })
  await system.start('broker')
  for (const person of people) await person.connected()
  await until(async () => {
    // asks until the back end has subscribed anew, too
    await alice.say('/count')
    await pause(500)
    return (await alice.answers()).includes(`Messages in #amnesia: ${2 * half}`)
  }, 'the back end answers again')
  await talkBoth(half, MESSAGES)
  await checkAll(stage, 'broker lost its data', 'amnesia', people)
}
