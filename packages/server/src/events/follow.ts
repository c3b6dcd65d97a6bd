import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../storage/db.ts'
import type { LoggedEvent } from './cursor.ts'
import { eventsAfter, lockFollower, moveFollower } from './events.sql.ts'

export interface Follower {
  /** Names its cursor in the database. */
  readonly name: string
  /** Acts on events in log order. What it writes through `tx` commits together with its cursor: exactly once. */
  act(tx: Db, events: readonly LoggedEvent[]): Promise<void>
}

const batch = 1_000
/** Milliseconds between looks when no wake comes: a hint may be lost. */
const poll = 1_000
/** Milliseconds between batches, so that a busy log is followed in large steps. */
const breath = 50

/**
 * Follows the log from a cursor kept in the database until `signal` aborts. A wake only makes it look sooner. Failures are reported
 * and tried again.
 */
export async function follow(
  db: Db,
  follower: Follower,
  onWake: (run: () => void) => () => void,
  failed: (cause: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  let woken = Promise.withResolvers<void>()
  const stop = onWake(() => woken.resolve())
  try {
    while (!signal.aborted) {
      woken = Promise.withResolvers()
      const more = await step(db, follower).catch((cause) => {
        if (!signal.aborted) failed(cause)
        return false
      })
      if (!more) await Promise.race([woken.promise, pause(poll, signal)])
      await pause(breath, signal)
    }
  } finally {
    stop()
  }
}

/** One batch; true if there may be more. */
export async function step(db: Db, { name, act }: Follower): Promise<boolean> {
  return db.transaction(async (tx) => {
    const pos = await lockFollower(tx, name)
    if (pos === undefined) return false
    const events = await eventsAfter(tx, pos, batch)
    if (events.length === 0) return false
    await act(tx, events)
    await moveFollower(tx, name, events.at(-1)!.pos)
    return events.length === batch
  })
}

const pause = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal, ref: false }).catch(() => {})
