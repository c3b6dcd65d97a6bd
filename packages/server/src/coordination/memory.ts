import { LRUCache } from 'lru-cache'
import type { Ask, Coordination } from './coordination.ts'
import { memoryAttending } from './memory-attending.ts'
import { Window } from './window.ts'

/** How many nonces of reads are remembered: the oldest give way, which at worst lets an old read be repeated. */
const remembered = 200_000

/** Budgets and blocks that are remembered, 30 MB at most: those longest unused give way, which at worst gives somebody more. */
const budgets = 100_000
const blocked = 50_000

/** By size, because `max` takes the memory of a full cache at the start: 9 MB for these three. */
const atMost = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 })

const nameOf = ({ of, key }: Ask) => `${of} ${key}`

/** Coordination for one process. `now` is the clock (ms). */
export function memoryCoordination(now: () => number): Coordination {
  const nonces = new LRUCache<string, number>(atMost(remembered))
  const windows = new LRUCache<string, Window>(atMost(budgets))
  const blocks = new LRUCache<string, number>(atMost(blocked))
  const listeners = new Set<() => void>()

  const take: Coordination['take'] = async (asks) => {
    const time = now()
    const found = asks.map((ask) => windows.get(nameOf(ask)) ?? new Window())
    const looks = asks.map((ask, at) => found[at]!.look(ask, time))
    if (!looks.every(({ enough }) => enough)) return looks
    return asks.map((ask, at) => {
      if (ask.cost === 0) return looks[at]!
      windows.set(nameOf(ask), found[at]!)
      found[at]!.take(ask.cost)
      return found[at]!.look({ ...ask, cost: 0 }, time)
    })
  }

  return {
    ...memoryAttending(now),
    async claimNonce(agent, nonce, until) {
      const key = `${agent} ${nonce}`
      if ((nonces.get(key) ?? 0) > now()) return false
      nonces.set(key, until)
      return true
    },
    take,
    async enter(ask) {
      const [taken] = await take([ask])
      return { until: blocks.get(ask.of) ?? 0, taken: taken! }
    },
    async block(address, until) {
      blocks.set(address, until)
    },
    wake() {
      for (const run of listeners) run()
    },
    onWake(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
  }
}
