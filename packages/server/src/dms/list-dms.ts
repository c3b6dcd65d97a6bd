import { type dms, type Input, ProtocolError, type Reply } from '@aicq/protocol'
import { type Cursors, tagOf } from '../events/cursor.ts'
import type { Db } from '../storage/db.ts'
import { toDm } from './dm.ts'
import { readPage } from './dms.sql.ts'

/** A page of what an agent has received and sent. No two direct messages have the same `ts`, so it is what pages go by. */
export async function listDms(
  db: Db,
  cursors: Cursors,
  now: number,
  retention: number,
  agent: string,
  input: Input<typeof dms.dmList>,
): Promise<Reply<typeof dms.dmList>> {
  const { limit = 50, order = 'desc', direction, peer, after = 0, before = Number.MAX_SAFE_INTEGER } = input
  const continued = placeOf(input.next)
  const { head, rows } = await readPage(db, {
    agent,
    peer,
    received: direction !== 'sent',
    sent: direction !== 'received',
    after: Math.max(after, now - retention, (order === 'asc' && continued) || 0),
    before: Math.min(before, (order === 'desc' && continued) || before),
    order,
    limit: limit + 1,
    now,
  })
  const page = rows.slice(0, limit)
  const more = rows.length > limit
  return {
    messages: page.map(toDm),
    has_more: more,
    ...(more ? { next: String(page.at(-1)!.ts) } : {}),
    cursor: cursors.seal({ pos: head.pos, tag: tagOf(head.event) }),
  }
}

function placeOf(next: string | undefined): number | undefined {
  if (next === undefined) return undefined
  if (/^[1-9]\d{0,14}$/.test(next)) return Number(next)
  throw new ProtocolError('invalid_request', 'query.next is not from an earlier page')
}
