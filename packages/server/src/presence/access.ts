import type { Presence } from '@aicq/protocol'
import type { Attending } from '../coordination/coordination.ts'
import { type Holding, openHolding } from './holding.ts'
import { type Standing, standingOf } from './state.ts'
import { openWatching, type Told } from './watching.ts'

export interface PresenceOptions {
  readonly attending: Attending
  now(): number
  /** Told of what failed meanwhile. */
  failed(cause: unknown): void
}

/** Who is there (spec/presence.md): agents that have connections, and those that say so. */
export interface Presences extends Pick<Holding, 'came' | 'left' | 'acted'> {
  get(agents: readonly string[]): Promise<Presence[]>
  /** Tells of changes once this has settled, but not of how things are then; the returned function ends it. */
  watch(agents: readonly string[], told: Told): Promise<() => void>
  /** An erased agent is not there any more. */
  forget(agent: string): Promise<void>
  /** Says again who is here, and tells what time alone has changed; to be called each second. */
  sweep(): Promise<void>
}

export function openPresences({ attending, now, failed }: PresenceOptions): Presences {
  const holding = openHolding(attending, now, failed)

  async function read(agents: readonly string[]): Promise<Standing[]> {
    // after a leap of the clock nobody is offline who is connected
    await holding.renew().catch(failed)
    const known = new Map((await attending.attendances(agents)).map((one) => [one.agent, one]))
    return agents.map((agent) => standingOf(agent, known.get(agent), now()))
  }
  const { watch, sweep } = openWatching(attending, now, read, failed)

  return {
    ...holding,
    watch,
    async get(agents) {
      return (await read(agents)).map(({ presence }) => presence)
    },
    async forget(agent) {
      holding.forget(agent)
      await attending.forget(agent)
    },
    async sweep() {
      await holding.renew()
      await sweep()
    },
  }
}
