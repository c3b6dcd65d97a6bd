import { LRUCache } from 'lru-cache'
import type { Coordination } from './coordination.ts'

/** How many nonces of reads are remembered: the oldest give way, which at worst lets an old read be repeated. */
const remembered = 200_000

/** Coordination for one process. `now` is the clock (ms). */
export function memoryCoordination(now: () => number): Coordination {
  const nonces = new LRUCache<string, number>({ max: remembered })
  const listeners = new Set<() => void>()
  return {
    async claimNonce(agent, nonce, until) {
      const key = `${agent} ${nonce}`
      if ((nonces.get(key) ?? 0) > now()) return false
      nonces.set(key, until)
      return true
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
