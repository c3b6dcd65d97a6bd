import { LRUCache } from 'lru-cache'
import type { Attendance, Attending, Held, Said } from './coordination.ts'

/** Agents that are remembered, 50 MB at most: those longest unused give way, which at worst calls somebody offline for a moment. */
const remembered = 100_000
/** Milliseconds between searches for those for whom nobody answers any more. */
const tidying = 60_000

interface Kept extends Held {
  since: number
  acted: number
  said: Said
  /** Until when each holder answers. */
  readonly holders: Map<string, number>
}

const untilOf = ({ holders }: Kept) => Math.max(...holders.values())

/** Who is there, for one process. `now` is the clock (ms). */
export function memoryAttending(now: () => number): Attending {
  const all = new LRUCache<string, Kept>({ maxSize: remembered, sizeCalculation: () => 1 })
  const listeners = new Set<(agents: readonly string[]) => void>()
  let tidied = now()

  const find = (agent: string) => {
    const kept = all.get(agent)
    if (!kept || untilOf(kept) > now()) return kept
    all.delete(agent)
    return undefined
  }
  const tell = (...agents: string[]) => {
    if (agents.length > 0) for (const run of listeners) run(agents)
  }
  function tidy(): void {
    if (now() - tidied < tidying) return
    tidied = now()
    for (const agent of [...all.keys()]) find(agent)
  }

  return {
    async hold(holder, agents, until) {
      tidy()
      const told: string[] = []
      for (const { agent, since, acted } of agents) {
        const kept = find(agent)
        const before = kept && untilOf(kept)
        const next = kept ?? { agent, since, acted, said: { busy: false }, holders: new Map() }
        next.holders.set(holder, until)
        all.set(agent, next)
        if (before === undefined || untilOf(next) < before) told.push(agent)
      }
      tell(...told)
    },
    async release(holder, agent, until) {
      const kept = find(agent)
      const before = kept?.holders.get(holder)
      if (!kept || before === undefined || before <= until) return
      kept.holders.set(holder, until)
      tell(agent)
    },
    async say(agent, said) {
      const kept = find(agent)
      if (!kept) return
      kept.said = said
      tell(agent)
    },
    async act(agent, at, quiet) {
      const kept = find(agent)
      if (!kept || at <= kept.acted) return
      const isBack = at - kept.acted >= quiet
      kept.acted = at
      if (!isBack) return
      kept.since = at
      tell(agent)
    },
    async forget(agent) {
      if (all.delete(agent)) tell(agent)
    },
    async attendances(agents) {
      return agents.flatMap((agent): Attendance[] => {
        const kept = find(agent)
        if (!kept) return []
        const { since, acted, said } = kept
        return [{ agent, since, acted, ...said, until: untilOf(kept) }]
      })
    },
    onAttendance(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
  }
}
