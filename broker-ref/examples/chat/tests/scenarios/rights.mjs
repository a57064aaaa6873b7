// Who may not enter, and what those who may enter may not do.

import mqtt from 'mqtt'
import { Person } from '../person.mjs'

const NOT_AUTHORIZED = 0x87

export async function rights(stage) {
  const { checks, system } = stage
  const alice = await stage.arrive('alice', 'club')
  await alice.connected()
  await alice.say('are we alone?')

  const mallory = await stage.arrive('mallory', 'club', { password: 'guess' })
  await checks.becomes(
    'unknown name: the page says that it is refused',
    () => mallory.page.getByRole('alert').textContent(),
    'The broker does not know this name with this password.',
  )
  await mallory.page.close()
  mallory.name = 'alice'
  await mallory.open('guess')
  await checks.becomes(
    'wrong password: the page says that it is refused',
    () => mallory.page.getByRole('alert').textContent(),
    'The broker does not know this name with this password.',
  )
  await checks.becomes('and who is there stays', () => alice.mark('are we alone?'), 'taken')

  for (const wrong of ['', 'a/b', 'a+', '#', '-a', 'Ünal', 'x'.repeat(25)]) {
    await mallory.page.getByLabel('Name').fill(wrong)
    await mallory.page.getByRole('button', { name: 'Enter the room' }).click()
    const mistake = await mallory.page
      .locator('#name-mistake')
      .textContent({ timeout: 2_000 })
      .catch(() => '')
    if (!mistake.trim().startsWith('Please use')) checks.check(`the name "${wrong}" is refused`, false)
  }
  checks.check('names that are no words are refused', true)

  const client = await mqtt.connectAsync(`ws://127.0.0.1:${system.ports.ws}/mqtt`, {
    protocolVersion: 5,
    username: 'bob',
    password: system.passwords.bob,
    reconnectPeriod: 0,
  })
  const reasonFor = (topic) =>
    client.publishAsync(topic, '{}', { qos: 1 }).then(
      () => 0,
      ({ code }) => code,
    )
  checks.check('a name may write under itself', (await reasonFor('chat/club/from/bob/seen')) === 0)
  for (const topic of ['chat/club/from/alice/say', 'chat/club/from/backend/say', 'chat/answer/alice/x', 'chat']) {
    checks.check(`a name may not write to ${topic}`, (await reasonFor(topic)) === NOT_AUTHORIZED)
  }
  await client.endAsync()
  await checks.becomes('nothing of that was shown', () => alice.texts(), ['are we alone?'])

  const secondTab = new Person()
  Object.assign(secondTab, alice)
  await secondTab.open()
  await checks.becomes(
    'a second tab with the same conversation is told so',
    () => secondTab.page.getByRole('alert').textContent(),
    'This conversation is open in another tab.',
  )
}
