// Somebody with a browser of their own, who uses the page as people do.

import { Link } from './link.mjs'
import { until } from './checks.mjs'

export const PHONE = { width: 390, height: 780 }

export class Person {
  /** What the page should not have done: errors of scripts, and what the console was told. @type {string[]} */
  complaints = []

  /** @param {{ browser: import('playwright-core').Browser, system: object }} stage */
  static async arrive({ browser, system }, name, room, { password, ...options } = {}) {
    const person = new Person()
    Object.assign(person, { system, name, room, link: new Link(system.ports.ws) })
    const port = await person.link.open()
    person.context = await browser.newContext({ viewport: PHONE, ...options })
    await person.context.route('**/broker.json', (route) =>
      route.fulfill({ json: { url: `ws://127.0.0.1:${port}/mqtt` } }),
    )
    await person.open(password)
    return person
  }

  /** Opens the page and enters the room. */
  async open(password = this.system.passwords[this.name]) {
    await this.openLogin()
    await this.page.getByLabel('Name').fill(this.name)
    await this.page.getByLabel('Password').fill(password)
    await this.page.getByLabel('Room').fill(this.room)
    await this.page.getByRole('button', { name: 'Enter the room' }).click()
  }

  async openLogin() {
    this.page = await this.context.newPage()
    this.page.setDefaultTimeout(10_000)
    this.page.on('pageerror', (error) => this.complaints.push(error.stack))
    this.page.on('console', (message) => {
      // a WebSocket that fails is what these tests are about
      if (message.type() === 'error' && !message.text().includes('WebSocket')) this.complaints.push(message.text())
    })
    await this.page.goto(this.system.url)
  }

  /** Waits until the page is connected. */
  connected() {
    return until(() => this.page.locator('.room.open').isVisible(), `${this.name} is connected`)
  }

  disconnected() {
    return until(() => this.page.locator('.room.connecting').isVisible(), `${this.name} is not connected`)
  }

  async say(text, qos = 1) {
    await this.page.getByLabel('Quality of Service').selectOption(String(qos))
    await this.page.getByLabel('Message', { exact: true }).fill(text)
    await this.page.keyboard.press('Enter')
  }

  /** What was said in the room, as this page shows it; without what the bot told this page alone. */
  texts() {
    return this.page.locator('.message:not(.question, .answer) .text').allTextContents()
  }

  answers() {
    return this.page.locator('.message.answer .text').allTextContents()
  }

  /** The delivery mark of an own message: waiting, sent, taken, seen or refused. */
  mark(text) {
    return this.page
      .locator('.message.own', { hasText: text })
      .locator('.mark')
      .getAttribute('data-mark', { timeout: 2_000 })
  }

  /** Whether somebody is here or away, as this page shows it. */
  presenceOf(name) {
    return this.page
      .locator(`.people [data-name="${name}"] .presence`)
      .textContent({ timeout: 2_000 })
      .catch(() => 'unknown')
  }

  /** Looks elsewhere: the window is there, but has no focus. */
  lookAway() {
    return this.page.evaluate(() => {
      document.hasFocus = () => false
    })
  }

  lookBack() {
    return this.page.evaluate(() => {
      delete document.hasFocus
      dispatchEvent(new Event('focus'))
    })
  }

  reload() {
    return this.page.reload()
  }

  /** Closes the page and keeps what the browser has stored. */
  async closePage() {
    await this.page.close()
  }

  async goHome() {
    await this.context.close()
    this.link.close()
  }
}
