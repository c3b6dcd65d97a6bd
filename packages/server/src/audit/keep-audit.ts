import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditCheckpoint, Identity } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { linkEntries, makeCheckpoint } from './chain.ts'
import { closeMinutes } from './refusals.sql.ts'
import type { Refusals } from './refusals.ts'

export interface KeepAudit {
  readonly now: () => number
  readonly instance: Pick<Identity, 'did' | 'sign'>
  readonly refusals: Refusals
  /** What could not be written at the start. */
  readonly unrecorded: (() => Promise<void>) | undefined
  /** Milliseconds between checkpoints. */
  readonly interval: number
  /** Told of each checkpoint. */
  readonly signed: (checkpoint: AuditCheckpoint) => void
  readonly failed: (cause: unknown) => void
}

/** Milliseconds. */
const pace = 1_000
/** Milliseconds until a checkpoint that was not due yet, or had nothing new, is thought of again. */
const patience = 10_000

/**
 * Follows the audit until `signal` aborts: stores what was counted, links entries, signs checkpoints. Entries are never late; their links
 * are, by a second. Failures are reported and tried again.
 */
export async function keepAudit(db: Db, by: KeepAudit, signal: AbortSignal): Promise<void> {
  let [closed, due] = [0, 0]
  let { unrecorded } = by
  while (!signal.aborted) {
    await step().catch((cause) => signal.aborted || by.failed(cause))
    await sleep(pace, undefined, { signal, ref: false }).catch(() => {})
  }
  await by.refusals
    .flush()
    .then(() => linkEntries(db))
    .catch(by.failed)

  async function step(): Promise<void> {
    await unrecorded?.()
    unrecorded = undefined
    await by.refusals.flush()
    // a minute is over once the clocks of all servers say so
    const minute = Math.floor(by.now() / 60_000) - 1
    if (minute !== closed) await closeMinutes(db, minute)
    closed = minute
    await linkEntries(db)
    if (by.now() < due) return
    const checkpoint = await makeCheckpoint(db, by.instance, by.now(), by.interval)
    due = by.now() + (checkpoint ? by.interval : patience)
    if (checkpoint) by.signed(checkpoint)
  }
}
