// The page at two widths, light and dark: axe-core finds nothing, nothing sticks out, the keyboard is enough. Screenshots.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { until } from '../checks.mjs'
import { PHONE } from '../person.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const DESK = { width: 1000, height: 640 }
/** How it is looked at, and what is said then without a connection. */
const VIEWS = [
  [PHONE, 'light', 'I am in the cellar now'],
  [PHONE, 'dark', 'Now behind the shed'],
  [DESK, 'light', 'In the cellar again'],
  [DESK, 'dark', 'Back in the kitchen'],
]

export async function looks(stage) {
  const { checks, system, screenshots } = stage
  const bob = await stage.arrive('bob', 'garden')
  await bob.connected()
  await bob.say('Does anyone have the key to the shed?')
  for (const [viewport, colorScheme, saidOffline] of VIEWS) {
    const what = `${viewport.width} pixels, ${colorScheme}`
    const alice = await stage.arrive('alice', 'garden', { viewport, colorScheme, password: 'guess' })
    await alice.page.getByRole('alert').waitFor()
    await alice.page.getByRole('button', { name: 'Enter the room' }).click()
    await accessible(checks, alice.page, `login, ${what}`)
    await alice.page.close()
    await alice.open()
    await alice.connected()
    await until(async () => (await alice.texts()).length > 0, 'the history is there')
    if ((await alice.texts()).length === 1) await fill(stage, alice, bob)
    await alice.say('/count')
    await until(async () => (await alice.answers()).length === 1, 'the bot answers')
    alice.link.cut()
    await alice.disconnected()
    await alice.say(saidOffline, 2)
    await accessible(checks, alice.page, `without a connection, ${what}`)
    await alice.page.screenshot({ path: join(screenshots, `${viewport.width}-${colorScheme}-offline.png`) })
    alice.link.mend()
    await alice.connected()
    await until(async () => (await alice.mark(saidOffline)) === 'seen', 'it is seen')
    await until(async () => {
      // one may type for two seconds without telling
      await bob.page.getByLabel('Message', { exact: true }).pressSequentially('a')
      return alice.page.locator('.typing', { hasText: 'bob' }).isVisible()
    }, 'he types')
    await accessible(checks, alice.page, `room, ${what}`)
    await alice.page.screenshot({ path: join(screenshots, `${viewport.width}-${colorScheme}.png`) })
    await bob.page.getByLabel('Message', { exact: true }).fill('')
    await alice.goHome()
  }
  await keyboard(stage, system)
}

async function fill(stage, alice, bob) {
  await alice.say('It hangs behind the door of the kitchen, on the left side.', 1)
  await bob.say('Found it. Thank you!', 2)
  const url = `http://127.0.0.1:${stage.system.ports.http}/rooms/garden/announcements/water`
  await fetch(url, {
    method: 'PUT',
    headers: { 'Content-Type': 'text/plain' },
    body: 'The water is turned off from 14:00 to 15:00.',
  })
  await until(
    async () => (await alice.texts()).length === 4 && (await alice.mark('It hangs')) === 'seen',
    'all is there',
  )
}

async function accessible(checks, page, where) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => globalThis.axe.run())
  const told = violations.map(
    (one) =>
      `${one.id} (${one.help}) at ${one.nodes
        .map((node) => node.target.join(' '))
        .slice(0, 3)
        .join(', ')}`,
  )
  checks.check(`axe-core finds nothing: ${where}`, violations.length === 0, told.join('; '))
  const beyond = await page.evaluate(() =>
    Math.max(...[document.documentElement, document.body].map((one) => one.scrollWidth - innerWidth)),
  )
  checks.check(`nothing sticks out: ${where}`, beyond <= 0, `${beyond} pixels`)
}

/** Log in, choose a QoS, say something, read and leave, without a mouse. */
async function keyboard(stage, system) {
  const carol = await stage.arrive('carol', 'garden', { password: 'guess' })
  const { page } = carol
  await page.getByRole('alert').waitFor()
  const type = async (text) => {
    await page.keyboard.press('Tab')
    await page.keyboard.type(text)
  }
  await page.locator('body').click({ position: { x: 2, y: 2 } }) // the focus is nowhere, as in a new page
  for (const text of ['carol', system.passwords.carol, 'keys']) await type(text)
  await page.keyboard.press('Enter')
  await carol.connected()
  await page.keyboard.type('by keyboard')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Tab')
  await page.keyboard.type('and at QoS 2')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await stage.checks.becomes('the keyboard is enough to enter and to speak', () => carol.texts(), [
    'by keyboard',
    'and at QoS 2',
  ])
  await stage.checks.becomes('and to choose the QoS', () => page.locator('.message.own .qos').allTextContents(), [
    'QoS 1',
    'QoS 2',
  ])
  const leave = page.getByRole('button', { name: 'Leave' })
  for (let steps = 0; steps < 8 && !(await leave.evaluate((button) => button === document.activeElement)); steps += 1) {
    await page.keyboard.press('Shift+Tab')
  }
  await page.keyboard.press('Enter')
  await stage.checks.becomes('and to leave', () => page.getByRole('button', { name: 'Enter the room' }).count(), 1)
}
