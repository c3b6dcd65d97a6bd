import { type audit, type Input, ProtocolError, type Reply } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { payloadOf } from './entry.ts'
import { listEntries } from './list.sql.ts'

/** A page of the audit, for the administrator alone. Errors: `not_admin`. */
export async function listAudit(
  db: Db,
  admin: string | undefined,
  agent: string,
  input: Input<typeof audit.auditList>,
): Promise<Reply<typeof audit.auditList>> {
  if (agent !== admin) throw new ProtocolError('not_admin', 'the audit is for the agent that ADMIN_AGENT_ID names')
  const { order = 'desc', limit = 100, after = -1, before = Number.MAX_SAFE_INTEGER } = input
  const rows = await listEntries(db, {
    type: input.type,
    agent: input.agent,
    after,
    before,
    order,
    from: placeOf(input.next, order),
    limit: limit + 1,
  })
  const page = rows.slice(0, limit)
  const more = rows.length > limit
  const entries = page.map((row) => {
    const { position, salt, commitment, link } = row
    const payload = row.is_leaving ? undefined : payloadOf(row)
    if (!payload) return { position, erased: true as const, commitment, link }
    return { position, ...payload, salt: salt!.toString('hex'), commitment, link }
  })
  return { entries, has_more: more, ...(more ? { next: String(page.at(-1)!.position) } : {}) }
}

/** Where a list that goes in an order goes on. Errors: `invalid_request`. */
export function placeOf(next: string | undefined, order: 'asc' | 'desc'): number {
  if (next === undefined) return order === 'asc' ? 0 : Number.MAX_SAFE_INTEGER
  if (/^[1-9]\d{0,14}$/.test(next)) return Number(next)
  throw new ProtocolError('invalid_request', 'query.next is not from an earlier page')
}
