// Child processes: started with a log file, waited for, and ended by their own id.

import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** How long a process may take to answer, in milliseconds: a JVM on a busy machine. */
const PATIENCE = 90_000

/**
 * @typedef {{ name: string, log: string, child: import('node:child_process').ChildProcess,
 *   stop: (signal?: NodeJS.Signals) => Promise<void> }} Running
 */

/** Starts a program and waits until `isReady` says so. @returns {Promise<Running>} */
export async function run(name, [program, ...args], { log, env = {}, cwd, isReady }) {
  const file = openSync(log, 'a')
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', file, file] })
  closeSync(file)
  const ended = new Promise((resolve) => child.once('exit', resolve).once('error', resolve))
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined
  const stop = async (signal = 'SIGTERM') => {
    if (hasEnded()) return
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(late)
  }
  const deadline = Date.now() + PATIENCE
  while (!(await isReady())) {
    if (hasEnded() || Date.now() > deadline) {
      await stop()
      throw new Error(`${name} did not start; ${log} ends with:\n${lastLines(log)}`)
    }
    await pause(50)
  }
  return { name, log, child, stop }
}

/** Whether something listens. */
export const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

/** Whether an HTTP server answers, with whatever. */
export const answers = (url) =>
  fetch(url).then(
    () => true,
    () => false,
  )

const lastLines = (file) => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-12).join('\n')
