import type { Presence } from '@aicq/protocol'
import type { Attending } from '../coordination/coordination.ts'
import { Damping } from './damping.ts'
import type { Standing } from './state.ts'

export type Told = (presence: Presence) => void

interface Watched {
  damping: Damping | undefined
  readonly watchers: Set<Told>
}

/** Tells of changes to those who watch agents. */
export function openWatching(
  attending: Attending,
  now: () => number,
  read: (agents: readonly string[]) => Promise<readonly Standing[]>,
  failed: (cause: unknown) => void,
) {
  const all = new Map<string, Watched>()
  /** Those at whom time alone may change something. */
  const passing = new Set<string>()

  async function look(agents: readonly string[]): Promise<void> {
    if (agents.length === 0) return
    for (const standing of await read(agents)) {
      const { presence } = standing
      const watched = all.get(presence.agent)
      if (!watched) continue
      const isNews = watched.damping?.look(standing, now()) === true
      watched.damping ??= new Damping(standing)
      if (watched.damping.due < Infinity) passing.add(presence.agent)
      else passing.delete(presence.agent)
      if (isNews) for (const told of watched.watchers) told(presence)
    }
  }

  attending.onAttendance((agents) => {
    look(agents.filter((agent) => all.has(agent))).catch(failed)
  })

  return {
    /** Begins to tell of agents, once this has settled, until the returned function is called. */
    async watch(agents: readonly string[], told: Told): Promise<() => void> {
      const each = [...new Set(agents)]
      for (const agent of each) {
        const watched = all.get(agent) ?? { damping: undefined, watchers: new Set() }
        watched.watchers.add(told)
        all.set(agent, watched)
      }
      const end = () => {
        for (const agent of each) {
          const watched = all.get(agent)
          watched?.watchers.delete(told)
          if (watched?.watchers.size !== 0) continue
          all.delete(agent)
          passing.delete(agent)
        }
      }
      try {
        await look(each.filter((agent) => !all.get(agent)?.damping))
        return end
      } catch (cause) {
        end()
        throw cause
      }
    },
    /** Looks at those of whom it is time. */
    async sweep(): Promise<void> {
      const at = now()
      await look([...passing].filter((agent) => (all.get(agent)?.damping?.due ?? Infinity) <= at))
    },
  }
}
