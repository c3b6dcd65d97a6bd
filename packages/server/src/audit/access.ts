import type { AuditType } from '@aicq/protocol'
import type { Origin } from '../origin.ts'
import type { Db } from '../storage/db.ts'
import { eraseEntries, insertEntry } from './audit.sql.ts'

export { payloadOf } from './entry.ts'
export { type ListedRow, listEntries } from './list.sql.ts'

/** An action that the audit keeps (spec/audit.md). No names, keys or texts of agents; their ids as `agent` and `subject` alone. */
export interface Audited {
  readonly type: AuditType
  /** Who did it; `undefined`: nobody who is known. */
  readonly agent?: string | undefined
  /** The agent whom it was done to, where that is another. */
  readonly subject?: string
  readonly room?: string
  /** As a uuid. */
  readonly message?: string
  /** `done` unless given. */
  readonly outcome?: 'done' | 'refused'
  readonly origin?: Origin | undefined
  /** Texts, whole numbers, booleans, and lists and objects of them. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * Writes an entry in the transaction of the action, so that there is never the one without the other. What goes through `Log.write` has
 * this as the third argument of its work, which knows writer and time.
 */
export async function audit(tx: Db, now: number, action: Audited): Promise<void> {
  const { type, agent, subject, room, message, outcome = 'done', origin, details } = action
  const { address, request } = origin ?? {}
  await insertEntry(tx, { type, outcome, agent, subject, room, message, address, request, details, at: now })
}

/**
 * Takes payload and salt from entries that name an agent, which must be marked as erased before: a part of them, and says how many it
 * found. The chain still holds. An entry that says so afterwards leaves `agent` and `subject` out, unless somebody else did it.
 */
export const eraseAudit = (tx: Db, agent: string): Promise<number> => eraseEntries(tx, agent, 2_000)
