// Who may connect, and what each may do. The rights are one table; each broker gets them in its own form.

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const BACKEND = 'backend'
export const PEOPLE = ['alice', 'bob', 'carol']

/** Topic Filters; `%u` is the name of the user. */
const RIGHTS = {
  page: {
    publish: ['chat/+/from/%u/#'],
    subscribe: [
      'chat/+/from/+/say',
      'chat/+/from/+/seen',
      'chat/+/from/+/typing',
      'chat/+/from/+/presence/+',
      'chat/answer/%u/#',
    ],
  },
  backend: {
    publish: ['chat/+/from/%u/#', 'chat/answer/#'],
    subscribe: ['chat/+/from/+/say', 'chat/+/from/+/ask'],
  },
  /** `mqttspec check` needs all rights; this user is there in the test only. */
  conformance: { publish: ['#'], subscribe: ['#', '$SYS/#'] },
}
const rightsOf = (name) => RIGHTS[name] ?? RIGHTS.page

/**
 * Passwords by name: random, made once for a folder, and readable by this user alone.
 * @param {string[]} others users beside the people and the back end
 */
export function accounts(folder, others = []) {
  const file = join(folder, 'accounts.json')
  if (!existsSync(file)) {
    const made = [...PEOPLE, BACKEND, ...others].map((name) => [name, randomBytes(6).toString('base64url')])
    writeFileSync(file, JSON.stringify(Object.fromEntries(made), null, 2), { mode: 0o600 })
  }
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** The users file of the reference broker; `mqttspec broker passwd` puts the hashes in. */
export function writeUsersFile(file, passwords, mqttspec) {
  const quoted = (filters) => `[${filters.map((filter) => JSON.stringify(filter)).join(', ')}]`
  const tables = Object.keys(passwords).map((name) => {
    const { publish, subscribe } = rightsOf(name)
    return `[users.${name}]\npublish = ${quoted(publish)}\nsubscribe = ${quoted(subscribe)}\n`
  })
  writeFileSync(file, tables.join('\n'), { mode: 0o600 })
  for (const [name, password] of Object.entries(passwords)) {
    execFileSync(mqttspec, ['broker', 'passwd', '--stdin', file, name], {
      input: `${password}\n`,
      stdio: ['pipe', 'ignore', 'inherit'],
    })
  }
}

/** The same for mosquitto: a password file and a list of rights. */
export function writeMosquittoFiles(passwordFile, aclFile, passwords) {
  const lines = Object.entries(passwords).map(([name, password]) => `${name}:${password}\n`)
  writeFileSync(passwordFile, lines.join(''), { mode: 0o600 })
  execFileSync('mosquitto_passwd', ['-U', passwordFile])
  const rights = Object.keys(passwords).map((name) => {
    const { publish, subscribe } = rightsOf(name)
    const topics = [
      ...publish.map((filter) => `topic write ${filter}`),
      ...subscribe.map((filter) => `topic read ${filter}`),
    ]
    return [`user ${name}`, ...topics].join('\n').replaceAll('%u', name)
  })
  writeFileSync(aclFile, `${rights.join('\n\n')}\n`, { mode: 0o600 })
}
