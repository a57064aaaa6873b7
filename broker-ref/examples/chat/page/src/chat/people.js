// Who is in the room, who types, and who has seen what.

import { computed, reactive } from 'vue'

const TYPING_LASTS = 4_000
/** Presence is said every minute: a device that is silent for longer than this is gone, even if its Will was lost. */
const PRESENCE_LASTS = 150_000

export function usePeople(ownName, kept) {
  const state = reactive({
    /** @type {Record<string, Record<string, number>>} when each device that is present said so, by name */
    devices: {},
    /** @type {Record<string, Record<string, number>>} the highest number seen, by name and stream */
    seen: kept.read('seen', {}),
    /** @type {Record<string, number>} when it was said, by name */
    typing: {},
  })

  setInterval(() => {
    for (const devices of Object.values(state.devices)) {
      for (const device in devices) if (Date.now() - devices[device] > PRESENCE_LASTS) delete devices[device]
    }
  }, 10_000)

  return {
    list: computed(() =>
      [...new Set([ownName, ...Object.keys(state.devices), ...Object.keys(state.seen)])]
        .map((name) => ({ name, own: name === ownName, present: Object.keys(state.devices[name] ?? {}).length > 0 }))
        .sort((a, b) => b.own - a.own || b.present - a.present || a.name.localeCompare(b.name)),
    ),
    typists: computed(() => Object.keys(state.typing)),

    present(name, device, isPresent) {
      const devices = (state.devices[name] ??= {})
      if (isPresent) devices[device] = Date.now()
      else delete devices[device]
    },

    /** Without a connection nothing is known of who is there; it comes again with the next one. */
    forget() {
      state.devices = {}
      state.typing = {}
    },

    seen(name, numbers) {
      const known = (state.seen[name] ??= {})
      for (const [stream, seq] of Object.entries(numbers)) known[stream] = Math.max(seq, known[stream] ?? 0)
      kept.write('seen', state.seen)
    },

    whoSaw: ({ stream, seq }) =>
      Object.keys(state.seen).filter((name) => name !== ownName && state.seen[name][stream] >= seq),

    typing(name) {
      if (name === ownName) return
      const said = Date.now()
      state.typing[name] = said
      setTimeout(() => {
        if (state.typing[name] === said) delete state.typing[name]
      }, TYPING_LASTS)
    },

    stopTyping(name) {
      delete state.typing[name]
    },
  }
}
