// The network between one page and the broker: a TCP proxy that can be cut and slowed down.

import { connect, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export class Link {
  #target
  #sockets = new Set()
  #isCut = false
  #delay = 0
  #server = createServer({ allowHalfOpen: false }, (near) => this.#accept(near))

  /** @param {number} target the port on 127.0.0.1 that is behind the link */
  constructor(target) {
    this.#target = target
  }

  /** @returns {Promise<number>} the port of this end */
  async open() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this.#server.address().port
  }

  /** Breaks all connections, and lets none through until `mend`. What is on its way is lost. */
  cut() {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend() {
    this.#isCut = false
  }

  /** Breaks all connections once. */
  blink() {
    this.cut()
    this.mend()
  }

  /** Holds everything back for a time in milliseconds, each way. */
  slowDown(delay) {
    this.#delay = delay
  }

  close() {
    this.cut()
    this.#server.close()
  }

  #accept(near) {
    if (this.#isCut) return near.destroy()
    const far = connect(this.#target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      this.#sockets.add(from)
      let before = Promise.resolve()
      from.on('data', (bytes) => {
        const due = pause(this.#delay)
        before = before.then(() => due).then(() => to.destroyed || to.write(bytes))
      })
      from.on('error', () => {})
      from.on('close', () => {
        this.#sockets.delete(from)
        before.then(() => to.destroySoon()) // what was sent before arrives
      })
    }
  }
}
