// The whole: a broker, the back end and the server of the page, all on 127.0.0.1. `start` and the test use it alike.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { accounts } from './accounts.mjs'
import { startBroker } from './brokers.mjs'
import { answers, listens, run } from './processes.mjs'

/** The folder with `node_modules`, `page/dist` and `backend.jar`, which `install` makes. */
const BUILT = process.env.CHAT_BUILT
/** A Java process is content with this. */
const MEMORY = ['-Xmx192m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

/**
 * @param {{ broker: string, folder: string, ports: import('./brokers.mjs').Ports, settings?: Record<string, string>,
 *   others?: string[], tell?: (line: string) => void }} plan
 *   `folder` keeps all that lasts; `settings` are more of the back end's, see `backend/src/main/resources`,
 *   `others` more users.
 */
export async function startSystem({ broker, folder, ports, settings = {}, others = [], tell = () => {} }) {
  for (const port of Object.values(ports)) {
    if (await listens(port)) throw new Error(`port ${port} of 127.0.0.1 is in use; choose others, see README.md`)
  }
  for (const part of ['log', 'backend']) mkdirSync(join(folder, part), { recursive: true })
  const passwords = accounts(folder, others)
  const log = (name) => join(folder, 'log', `${name}.log`)

  const start = {
    broker: () => startBroker(broker, { folder: join(folder, broker), ports, passwords, log: log('broker') }),
    backend: () =>
      run('backend', ['java', ...MEMORY, '-jar', join(BUILT, 'backend.jar')], {
        log: log('backend'),
        env: {
          SERVER_PORT: String(ports.http),
          CHAT_LISTEN_URI: `tcp://127.0.0.1:${ports.tcp}`,
          CHAT_ANNOUNCE_URI: `ws://127.0.0.1:${ports.ws}/mqtt`,
          CHAT_PASSWORD: passwords.backend,
          CHAT_FOLDER: join(folder, 'backend'),
          ...settings,
        },
        isReady: () => answers(`http://127.0.0.1:${ports.http}/`),
      }),
    page: () =>
      run(
        'page',
        [process.execPath, 'node_modules/vite/bin/vite.js', 'preview', 'page', '--port', String(ports.page)],
        {
          log: log('page'),
          cwd: BUILT,
          env: { CHAT_BROKER: `ws://127.0.0.1:${ports.ws}/mqtt` },
          isReady: () => answers(`http://127.0.0.1:${ports.page}/`),
        },
      ),
  }

  const running = {}
  const system = {
    passwords,
    ports,
    folder,
    url: `http://127.0.0.1:${ports.page}/`,
    running,
    /** Starts one part again, after `stop`. */
    async start(name) {
      running[name] = await start[name]()
      tell(`${name} runs, its log is ${running[name].log}`)
    },
    /** @param {NodeJS.Signals} [signal] SIGKILL: the part has no time to say or save anything */
    stop: (name, signal) => running[name]?.stop(signal),
    async end() {
      for (const name of ['page', 'backend', 'broker']) await system.stop(name)
    },
  }
  try {
    for (const name of ['broker', 'backend', 'page']) await system.start(name)
  } catch (error) {
    await system.end()
    throw error
  }
  return system
}
