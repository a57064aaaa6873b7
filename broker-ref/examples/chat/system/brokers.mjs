// The brokers that the chat runs on: each has a TCP and a WebSocket listener on loopback, users with rights, and a data
// folder from which it comes back after a crash.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { writeMosquittoFiles, writeUsersFile } from './accounts.mjs'
import { listens, run } from './processes.mjs'

/** What is needed to start one. @typedef {{ folder: string, ports: Ports, passwords: object, log: string }} Setting */
/** @typedef {{ tcp: number, ws: number, http: number, page: number }} Ports */

// Debian puts mosquitto into a folder that is not on everybody's path.
const path = `${process.env.PATH}${delimiter}/usr/sbin`
const MQTTSPEC = process.env.MQTTSPEC ?? 'mqttspec'

/** By name: the first is the default. */
export const BROKERS = {
  mqttspec: {
    /** Why it cannot run here, or `null`. */
    missing: () =>
      isThere(MQTTSPEC)
        ? null
        : `${MQTTSPEC} is not there: build it with \`cargo build --release --bin mqttspec\`, or name it in MQTTSPEC`,
    command({ folder, ports, passwords }) {
      const users = join(folder, 'users.toml')
      if (!existsSync(users)) writeUsersFile(users, passwords, MQTTSPEC)
      const listen = [`mqtt://127.0.0.1:${ports.tcp}`, `ws://127.0.0.1:${ports.ws}/mqtt`].flatMap((url) => [
        '--listen',
        url,
      ])
      const origins = ['127.0.0.1', 'localhost'].flatMap((host) => ['--allow-origin', `http://${host}:${ports.page}`])
      return [MQTTSPEC, 'broker', ...listen, '--data', join(folder, 'data'), '--users', users, ...origins]
    },
  },
  mosquitto: {
    missing: () => (isThere('mosquitto') ? null : 'mosquitto is not installed: apt-get install mosquitto'),
    command({ folder, ports, passwords }) {
      const [passwordFile, aclFile] = [join(folder, 'passwords'), join(folder, 'rights')]
      if (!existsSync(aclFile)) writeMosquittoFiles(passwordFile, aclFile, passwords)
      mkdirSync(join(folder, 'data'), { recursive: true })
      const lines = [
        `user ${userInfo().username}`, // else it would change to a user of its own, who may not write here
        'allow_anonymous false',
        `password_file ${passwordFile}`,
        `acl_file ${aclFile}`,
        'persistence true',
        `persistence_location ${join(folder, 'data')}/`,
        'autosave_on_changes true', // else it saves twice an hour, and at its end
        'autosave_interval 1',
        'max_queued_messages 10000',
        `listener ${ports.tcp} 127.0.0.1`,
        `listener ${ports.ws} 127.0.0.1`,
        'protocol websockets',
        'socket_domain ipv4', // else it listens on all interfaces
      ]
      writeFileSync(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`)
      return ['mosquitto', '-c', join(folder, 'mosquitto.conf')]
    },
  },
}

/** @param {Setting} setting */
export function startBroker(name, setting) {
  mkdirSync(setting.folder, { recursive: true })
  const isReady = async () => (await listens(setting.ports.tcp)) && listens(setting.ports.ws)
  return run(name, BROKERS[name].command(setting), { log: setting.log, env: { PATH: path }, isReady })
}

function isThere(program) {
  if (program.includes('/')) return existsSync(program)
  return path.split(delimiter).some((folder) => existsSync(join(folder, program)))
}
