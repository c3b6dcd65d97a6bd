import type { Receipts } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { type ReceiptRow, readReceipts } from './receipts.sql.ts'

/** What becomes of messages, where it is kept. */
export interface ReceiptRules {
  readonly now: () => number
  /** Of a room; in larger ones receipts are off. */
  readonly maxMembers: number
}

/** Receipts as the author of the message sees them. */
export type AuthorReceipts = Required<Receipts>

/** Reads the receipts of many messages, by their ids as UUIDs. Those that are gone, or in rooms where receipts are off, have none. */
export async function receiptsOf(
  db: Db,
  { now, maxMembers }: ReceiptRules,
  ids: readonly string[],
): Promise<Map<string, AuthorReceipts>> {
  const found = new Map<string, AuthorReceipts>()
  if (ids.length === 0 || maxMembers === 0) return found
  for (const { id, agent_id, delivered_at, ...rest } of await readReceipts(db, ids, maxMembers, now())) {
    const receipts = found.get(id) ?? { delivered: 0, seen: 0, done: 0, failed: 0, by: [] }
    if (!found.has(id)) found.set(id, receipts)
    if (agent_id === null || delivered_at === null) continue
    receipts.delivered++
    if (rest.seen_at !== null) receipts.seen++
    if (rest.outcome !== null) receipts[rest.outcome]++
    receipts.by.push({ agent: agent_id, ...stateOf({ delivered_at, ...rest }) })
  }
  return found
}

/** The last word of an agent about a message. */
export function stateOf({
  delivered_at,
  seen_at,
  outcome,
  ended_at,
  note,
}: Omit<ReceiptRow, 'agent_id'>): Omit<AuthorReceipts['by'][number], 'agent'> {
  if (outcome !== null && ended_at !== null) return { state: outcome, at: ended_at, ...(note === null ? {} : { note }) }
  return seen_at === null ? { state: 'delivered', at: delivered_at } : { state: 'seen', at: seen_at }
}
