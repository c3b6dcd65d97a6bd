import type { Presence } from '@aicq/protocol'
import type { Attendance } from '../coordination/coordination.ts'

/** Milliseconds without an action after which an agent is idle. */
export const idleAfter = 300_000

/** An agent's presence, and the time (ms) from which it may be another without anybody saying so. */
export interface Standing {
  readonly presence: Presence
  readonly until: number
}

/** How an agent stands at a time (ms). Nothing is known of who is not there. */
export function standingOf(agent: string, known: Attendance | undefined, now: number): Standing {
  if (!known || known.until <= now) return { presence: { agent, state: 'offline', busy: false }, until: Infinity }
  const { busy, status, acted, until } = known
  const idle = acted + idleAfter
  const state = now < idle ? 'online' : 'idle'
  const said = status === undefined ? { busy } : { busy, status }
  return {
    presence: { agent, state, ...said, since: state === 'idle' ? idle : known.since },
    until: state === 'online' ? Math.min(until, idle) : until,
  }
}

/** Whether there is nothing to tell: since when does not count, so that who comes right back makes no noise. */
export const isSame = (a: Presence, b: Presence): boolean =>
  a.state === b.state && a.busy === b.busy && a.status === b.status
