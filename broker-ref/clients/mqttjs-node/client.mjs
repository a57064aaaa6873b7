// MQTT.js in Node: 3.1.1 and 5.0, over TCP and WebSocket, plain and with TLS.
import { readFileSync } from 'node:fs'
import mqtt from 'mqtt'
import { scenarios } from './scenarios.mjs'

const { TCP_PORT, WS_PORT, TLS_PORT, WSS_PORT, CA } = process.env
const lines = [
  ['TCP', `mqtt://127.0.0.1:${TCP_PORT}`, {}],
  ['WebSocket', `ws://127.0.0.1:${WS_PORT}/mqtt`, {}],
  ['TCP, TLS', `mqtts://127.0.0.1:${TLS_PORT}`, { ca: readFileSync(CA) }],
  ['WebSocket, TLS', `wss://127.0.0.1:${WSS_PORT}/mqtt`, { wsOptions: { ca: readFileSync(CA) } }],
]
for (const [name, url, options] of lines) {
  for (const [protocolVersion, version] of [[4, '3.1.1'], [5, '5.0']]) {
    const prefix = `node-${process.pid}-${protocolVersion}-${name.replace(/\W/g, '')}`
    for (const what of await scenarios(mqtt, url, { ...options, protocolVersion }, prefix)) {
      console.log(`ok  ${version} ${name}: ${what}`)
    }
  }
}
