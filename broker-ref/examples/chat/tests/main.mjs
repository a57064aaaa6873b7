// The whole chat in a browser, against each broker: `node main.mjs FOLDER [SCENARIO..]`, where FOLDER is for screenshots.
// Exit code: 0 passed, 1 failed, 2 nothing failed, but something could not be tried.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { BROKERS } from '../system/brokers.mjs'
import { listens } from '../system/processes.mjs'
import { startSystem } from '../system/system.mjs'
import { Checks } from './checks.mjs'
import { Person } from './person.mjs'
import { backend, CLOCK_ROOM } from './scenarios/backend.mjs'
import { conversation } from './scenarios/conversation.mjs'
import { looks } from './scenarios/looks.mjs'
import { offline } from './scenarios/offline.mjs'
import { rights } from './scenarios/rights.mjs'
import { together } from './scenarios/together.mjs'
import { amnesia, reloads, trouble } from './scenarios/trouble.mjs'

const SCENARIOS = { conversation, offline, trouble, reloads, amnesia, backend, rights, looks, together }
/** How the page looks does not depend on the broker: this runs on the last one, which has less to do. */
const ONCE = ['looks']

const [screenshots, ...chosen] = process.argv.slice(2)
mkdirSync(screenshots, { recursive: true })

const browser = await startBrowser().catch((error) => error.message)
const brokers = Object.keys(BROKERS)
// at the same time: most of it is waiting
const all = await Promise.all(brokers.map(onBroker))
if (typeof browser !== 'string') await browser.close()
const sum = (count) => all.reduce((total, checks) => total + checks[count], 0)
console.log(`\nchat: ${sum('passed')} passed, ${sum('failed')} failed, ${sum('notRun')} not run`)
process.exit(sum('failed') > 0 ? 1 : sum('notRun') > 0 ? 2 : 0)

async function startBrowser() {
  const program = process.env.CHROMIUM
  if (!program) throw new Error('no Chromium was found; install it (apt-get install chromium) or name it in CHROMIUM')
  // as root, as in a container, Chromium has no sandbox
  return chromium.launch({ executablePath: program, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}

/** @returns {Promise<Checks>} */
async function onBroker(broker) {
  const checks = new Checks(broker)
  const why = typeof browser === 'string' ? browser : BROKERS[broker].missing()
  if (why) {
    checks.skip('everything', why)
    return checks
  }
  const isLast = broker === brokers.findLast((one) => !BROKERS[one].missing())
  const isChosen = (name) => (chosen.length === 0 || chosen.includes(name)) && (isLast || !ONCE.includes(name))
  const names = Object.keys(SCENARIOS).filter(isChosen)
  const folder = mkdtempSync(join(tmpdir(), 'chat-test-'))
  const settings = { CHAT_CLOCK_ROOM: CLOCK_ROOM, CHAT_CLOCK_CRON: '*/5 * * * * *' }
  let system
  try {
    system = await startSystem({ broker, folder, ports: await freePorts(), settings, others: ['conformance'] })
    listensOnLoopbackOnly(checks, system)
    for (const name of names)
      await play(name, { checks, browser, broker, system, screenshots, baseline: process.env[`BASELINE_${broker}`] })
  } catch (error) {
    checks.check('the system runs', false, error.stack)
  } finally {
    await system?.end()
    rmSync(folder, { recursive: true, force: true })
  }
  return checks
}

async function play(name, stage) {
  const { checks } = stage
  const people = []
  const began = Date.now()
  stage.arrive = async (...who) => {
    const person = await Person.arrive(stage, ...who)
    people.push(person)
    return person
  }
  try {
    await SCENARIOS[name](stage)
  } catch (error) {
    checks.check(`${name} comes to its end`, false, error.stack)
  }
  const complaints = people.flatMap((person) => person.complaints)
  checks.check(
    `${name}: the pages report no errors (${((Date.now() - began) / 1000).toFixed(0)} s)`,
    complaints.length === 0,
    complaints.join('; '),
  )
  for (const person of people) await person.goHome()
}

/** Linux tells each listening socket in /proc; elsewhere this is not checked. */
function listensOnLoopbackOnly(checks, { ports }) {
  let sockets
  try {
    sockets = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1))
  } catch {
    return checks.skip('everything listens on loopback only', 'this system has no /proc/net')
  }
  const LISTEN = '0A'
  const LOOPBACK = ['0100007F', '0000000000000000FFFF00000100007F', '00000000000000000000000001000000']
  const open = sockets
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === LISTEN)
    .map(([, address]) => address.split(':'))
  const ours = open.filter(([, port]) => Object.values(ports).includes(parseInt(port, 16)))
  const foreign = ours.filter(([address]) => !LOOPBACK.includes(address))
  checks.check('everything listens on loopback only', ours.length >= 4 && foreign.length === 0, JSON.stringify(ours))
}

/** Below the ports that systems give to connections: one of those could take the broker's port while it is restarted. */
async function freePorts() {
  for (;;) {
    const first = 20_000 + 4 * Math.floor(Math.random() * 2_500)
    const ports = { tcp: first, ws: first + 1, http: first + 2, page: first + 3 }
    const taken = await Promise.all(Object.values(ports).map(listens))
    if (!taken.includes(true)) return ports
  }
}
