// `mqttspec check` against the broker while two people talk: neither disturbs the other.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const PACE = 100
/** A part of the cases: all of them take minutes. CHECK_SHARD=1/1 plays all. */
const SHARD = process.env.CHECK_SHARD ?? '1/24'

/** @param {{ baseline?: string }} stage `baseline`: the failures of this broker that are known */
export async function together(stage) {
  const { checks, system, baseline } = stage
  const alice = await stage.arrive('alice', 'lab')
  const bob = await stage.arrive('bob', 'lab')
  await alice.connected()
  await bob.connected()

  let isChecking = true
  const checking = conformance(system, baseline).finally(() => {
    isChecking = false
  })
  const said = []
  const talk = async (person) => {
    for (let number = 1; isChecking; number += 1) {
      said.push(`${person.name} ${number}`)
      await person.say(`${person.name} ${number}`, (number % 2) + 1)
      await pause(PACE)
    }
  }
  await Promise.all([checking, talk(alice), talk(bob)])
  const { code, summary, output } = await checking
  checks.check(`mqttspec check while they talk: ${summary}`, code === 0, output)
  const newest = [...said].slice(-100).sort() // a page shows more than that, but no longer everything
  const shown = async (person) => (await person.texts()).filter((text) => newest.includes(text)).sort()
  for (const person of [alice, bob]) {
    await checks.becomes(
      `the conversation of ${said.length} messages was not disturbed for ${person.name}`,
      () => shown(person),
      newest,
    )
    await checks.becomes(
      `and ${person.name} sees nothing else`,
      async () => (await person.texts()).every((text) => said.includes(text)),
      true,
    )
  }
}

function conformance({ ports, passwords }, baseline) {
  const urls = [`mqtt://127.0.0.1:${ports.tcp}`, `ws://127.0.0.1:${ports.ws}/mqtt`]
  const known = baseline && existsSync(baseline) ? ['--baseline', baseline] : []
  const options = ['check', '--user-name', 'conformance', ...known, '--shard', SHARD, ...urls]
  const env = { ...process.env, MQTTSPEC_PASSWORD: passwords.conformance }
  return new Promise((resolve) => {
    execFile(process.env.MQTTSPEC, options, { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const lines = stdout.trimEnd().split('\n')
      const summary = lines
        .filter((line) => /\d+ passed/.test(line))
        .map((line) => line.replace(/^(\w+):\S+ /, '$1 '))
        .join('; ')
      resolve({ code: error ? error.code : 0, summary, output: `${lines.slice(-60).join('\n')}\n${stderr}` })
    })
  })
}
