// What the test finds: one line for each check, and the counts at the end.

import { setTimeout as pause } from 'node:timers/promises'

/** How long something may take that should come about, in milliseconds. */
const PATIENCE = 20_000

export class Checks {
  passed = 0
  failed = 0
  notRun = 0
  #where

  /** @param {string} where begins each line */
  constructor(where) {
    this.#where = where
  }

  check(what, isTrue, detail = '') {
    if (isTrue) this.passed += 1
    else this.failed += 1
    console.log(
      `${isTrue ? 'ok     ' : 'FAILED '} ${this.#where}: ${what}${isTrue || detail === '' ? '' : `: ${detail}`}`,
    )
  }

  /** Checks that two values become alike: `actual` is asked again until they are. */
  async becomes(what, actual, expected, patience = PATIENCE) {
    const wanted = JSON.stringify(expected)
    const deadline = Date.now() + patience
    let found
    do {
      found = JSON.stringify(await actual())
      if (found === wanted) return this.check(what, true)
      await pause(50)
    } while (Date.now() < deadline)
    this.check(what, false, `expected ${wanted}, found ${found}`)
  }

  skip(what, why) {
    this.notRun += 1
    console.log(`NOT RUN ${this.#where}: ${what}: ${why}`)
  }
}

/** Waits until something is true, which is no check by itself. */
export async function until(isTrue, what, patience = PATIENCE) {
  const deadline = Date.now() + patience
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`waited ${patience / 1000} s in vain: ${what}`)
    await pause(50)
  }
}
