// Runs the chat until it is interrupted: `node start.mjs [mqttspec|mosquitto]`. README.md lists the environment.

import { join } from 'node:path'
import { PEOPLE } from './accounts.mjs'
import { BROKERS } from './brokers.mjs'
import { startSystem } from './system.mjs'

const port = (variable, otherwise) => Number(process.env[variable] ?? otherwise)
const broker = process.argv[2] ?? Object.keys(BROKERS)[0]

const why = BROKERS[broker]
  ? BROKERS[broker].missing()
  : `there is no broker ${broker} here; there are ${Object.keys(BROKERS).join(' and ')}`
if (why) {
  console.error(`NOT RUN: ${why}`)
  process.exit(2)
}
const system = await startSystem({
  broker,
  folder: process.env.CHAT_DATA ?? join(process.env.CHAT_BUILT, 'data'),
  ports: {
    tcp: port('CHAT_TCP_PORT', 1883),
    ws: port('CHAT_WS_PORT', 8083),
    http: port('CHAT_HTTP_PORT', 8080),
    page: port('CHAT_PAGE_PORT', 5173),
  },
  tell: console.log,
}).catch((error) => {
  console.error(error.message)
  process.exit(1)
})
console.log(`\nOpen ${system.url} and enter as one of:`)
for (const name of PEOPLE) console.log(`  ${name}, password ${system.passwords[name]}`)
console.log('Ctrl-C ends everything.')

let ending = false
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    if (ending) return
    ending = true
    await system.end()
    process.exit(0)
  })
}
for (const { name, child } of Object.values(system.running)) {
  child.once('exit', async (code) => {
    if (ending) return
    ending = true
    console.error(`${name} has ended with exit code ${code}`)
    await system.end()
    process.exit(1)
  })
}
