import type { AuditType } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'

/** What an entry says; ids of agents stand in `agent` and `subject` and nowhere else, so that an erasure finds them. */
export interface NewEntry {
  readonly type: AuditType
  readonly outcome: 'done' | 'refused'
  readonly agent: string | undefined
  readonly subject: string | undefined
  readonly room: string | undefined
  /** As a uuid. */
  readonly message: string | undefined
  readonly address: string | undefined
  readonly request: string | undefined
  /** Texts, whole numbers, booleans, and lists and objects of them. */
  readonly details: Readonly<Record<string, unknown>> | undefined
  /** Milliseconds. */
  readonly at: number
}

/** Writes an entry; it takes the log's lock if the transaction does not hold it yet. */
export async function insertEntry(tx: Db, entry: NewEntry): Promise<void> {
  const { type, outcome, agent, subject, room, message, address, request, details, at } = entry
  const values = [type, outcome, agent, subject, room, message, address, request, details, at]
  await tx.query('select audit_entry($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', values)
}

/** How many entries, of at most so many, named the agent. SQLSTATE 55000 if it is not erased. */
export async function eraseEntries(tx: Db, agent: string, most: number): Promise<number> {
  const [row] = await tx.query<{ found: number }>('select erase_audit($1, $2) as found', [agent, most])
  return row!.found
}

/** Makes the transaction that is open wait for locks no longer than half a second; then it is `unavailable`. */
export async function waitLittle(tx: Db): Promise<void> {
  await tx.query(`set local lock_timeout = '500ms'`)
}
