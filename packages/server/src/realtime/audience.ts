import { setImmediate as afterOthers } from 'node:timers/promises'
import { GLOBAL_ROOM } from '@aicq/protocol'
import type { Entry, Told } from './entry.ts'
import { after, before, type View, wants } from './view.ts'

/** A reader that gets what happens as it happens. */
export interface Listener {
  readonly view: View
  /** Events up to here it has got already. */
  readonly from: number
  take(events: readonly Told[]): void
}

/** A way through a batch: which of its events somebody gets. Whoever goes the same way shares it, and with it the array. */
interface Way {
  readonly events: Told[]
  last?: { readonly told: Told; readonly way: Way }
  next?: Map<Told, Way>
}

/** Readers who are given something before others have their turn: a post is not to wait until a thousand have it. */
const atOnce = 64

/** Finds out who gets what of the events that come, by looking at those alone whom they may concern. */
export function openAudience() {
  const all = new Set<Listener>()
  const byRoom = new Map<string, Set<Listener>>()
  const byAgent = new Map<string, Set<Listener>>()
  const byMention = new Map<string, Set<Listener>>()

  const put = <K>(map: Map<K, Set<Listener>>, key: K, one: Listener) => {
    const there = map.get(key)
    if (there) there.add(one)
    else map.set(key, new Set([one]))
  }
  const drop = <K>(map: Map<K, Set<Listener>>, key: K, one: Listener) => {
    const there = map.get(key)
    if (there?.delete(one) && there.size === 0) map.delete(key)
  }
  function index(one: Listener, change: typeof put): void {
    const { agent, rooms, mentions, keys } = one.view
    for (const room of rooms.keys()) change(byRoom, room, one)
    if (agent) change(byAgent, agent, one)
    if (mentions) for (const key of keys) change(byMention, key, one)
  }

  function* concerned({ type, room, agent, said }: Entry): Iterable<Listener> {
    if (type === 'agent.erased') return yield* all
    yield* byRoom.get(room ?? GLOBAL_ROOM) ?? []
    if (type === 'room.created') yield* byRoom.get(GLOBAL_ROOM) ?? []
    if (agent) yield* byAgent.get(agent) ?? []
    for (const key of said?.mentions ?? []) yield* byMention.get(key) ?? []
  }

  /** Leads views on, and keeps the index true to them. */
  function lead(entry: Entry, change: typeof before): void {
    const { pos, type, room, agent } = entry
    if (!/^room\.|^agent\./.test(type)) return
    const affected = /^room\.(updated|closed)$/.test(type) ? byRoom.get(room!) : byAgent.get(agent!)
    for (const one of [...(affected ?? [])]) {
      if (pos <= one.view.at) continue
      index(one, drop)
      change(one.view, entry)
      index(one, put)
    }
  }

  return {
    add(one: Listener): void {
      all.add(one)
      index(one, put)
    },
    delete(one: Listener): void {
      if (all.delete(one)) index(one, drop)
    },
    /** Hands a batch, in the order of the log, to everybody who is to get some of it. Another is not begun before it is done. */
    async tell(entries: readonly Entry[]): Promise<void> {
      const ways = new Map<Listener, Way>()
      const start: Way = { events: [] }
      for (const entry of entries) {
        const told = entry.delivery
        lead(entry, before)
        if (told)
          for (const one of concerned(entry)) {
            const way = ways.get(one) ?? start
            if (entry.pos <= one.from || way.events.at(-1) === told || !wants(one.view, entry)) continue
            ways.set(one, step(way, told))
          }
        lead(entry, after)
      }
      let given = 0
      for (const [one, { events }] of ways) {
        if (++given % atOnce === 0) await afterOthers()
        // who came back meanwhile has read it already
        if (all.has(one) && one.from < entries.at(-1)!.pos) one.take(events)
      }
    },
  }
}

function step(way: Way, told: Told): Way {
  if (way.last?.told === told) return way.last.way
  const known = way.next?.get(told)
  const next: Way = known ?? { events: [...way.events, told] }
  if (!known) {
    way.next ??= new Map()
    way.next.set(told, next)
  }
  way.last = { told, way: next }
  return next
}
