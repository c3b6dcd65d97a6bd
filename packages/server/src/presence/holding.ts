import { LRUCache } from 'lru-cache'
import type { Attending, Held } from '../coordination/coordination.ts'
import { idleAfter } from './state.ts'

/** Milliseconds for which a server answers for its agents, unless it says so again. A server that was killed has none after it. */
const lease = 40_000
const renewal = 15_000
/** Milliseconds for which an agent is there after its last connection. */
const grace = 10_000
/** Milliseconds between notes that one agent has acted; agents of which that is remembered. */
const touch = 30_000
const remembered = 50_000

export interface Holding {
  /** Answers for an agent that has a connection here. */
  came(agent: string): void
  /** It has none any more. */
  left(agent: string): void
  acted(agent: string): void
  /** It was erased: this server answers for it no more, though its connection may not have ended yet. */
  forget(agent: string): void
  /** Answers again for all, when it is time. */
  renew(): Promise<void>
}

/** Answers for the agents that have connections to this server. */
export function openHolding(attending: Attending, now: () => number, failed: (cause: unknown) => void): Holding {
  const own = crypto.randomUUID()
  const here = new Map<string, { -readonly [K in keyof Held]: Held[K] }>()
  const touched = new LRUCache<string, number>({ maxSize: remembered, sizeCalculation: () => 1 })
  let renewed = now()

  return {
    came(agent) {
      const at = now()
      const held = { agent, since: at, acted: at }
      here.set(agent, held)
      touched.set(agent, at)
      attending.hold(own, [held], at + lease).catch(failed)
      attending.act(agent, at, idleAfter).catch(failed)
    },
    left(agent) {
      if (here.delete(agent)) attending.release(own, agent, now() + grace).catch(failed)
    },
    acted(agent) {
      const at = now()
      if (Math.abs(at - (touched.get(agent) ?? -Infinity)) < touch) return
      touched.set(agent, at)
      const held = here.get(agent)
      if (held && at - held.acted >= idleAfter) held.since = at
      if (held) held.acted = at
      attending.act(agent, at, idleAfter).catch(failed)
    },
    forget(agent) {
      here.delete(agent)
      touched.delete(agent)
    },
    async renew() {
      const at = now()
      if (Math.abs(at - renewed) < renewal) return
      renewed = at
      if (here.size > 0) await attending.hold(own, [...here.values()], at + lease)
    },
  }
}
