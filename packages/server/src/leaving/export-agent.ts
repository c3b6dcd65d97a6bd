import { createHash } from 'node:crypto'
import { ProtocolError, uuidToMessageId } from '@aicq/protocol'
import { requireSelf } from '../agents/access.ts'
import { listEntries, payloadOf } from '../audit/access.ts'
import { toDm } from '../dms/access.ts'
import type { Log, Writer } from '../events/log.ts'
import { toMessage } from '../messages/access.ts'
import type { Db } from '../storage/db.ts'
import { toTime } from '../time.ts'
import * as sql from './export.sql.ts'

/** Rows that are read at once: each read is a statement of its own, and no snapshot stays open while the reader takes its time. */
const part = 100
const nil = '00000000-0000-0000-0000-000000000000'

interface Section {
  readonly name: string
  /** The rows after a key, as what the export says of them. */
  read(db: Db, agent: string, after: string): Promise<{ key: string; data: object }[]>
}

const section = <Row extends { readonly id: string }>(
  name: string,
  read: sql.ReadPart<Row>,
  show: (row: Row) => object,
): Section => ({
  name,
  read: async (db, agent, after) =>
    (await read(db, agent, after, part)).map((row) => ({ key: row.id, data: withoutNull(show(row)) })),
})

/** Sections whose keys are texts; those of the others are UUIDs. */
const textual = new Set(['keys', 'key_operations', 'prekeys'])

/** In the order of the export; each is described in spec/leaving.md#export. */
const sections: readonly Section[] = [
  section('profile', sql.profile, (row) => ({ ...row, joined_at: toTime(row.joined_at) })),
  section('keys', sql.keys, ({ version, did }) => ({ version, key: did })),
  section('key_operations', sql.keyOperations, ({ operation }) => operation),
  section('prekeys', sql.prekeys, ({ id: _, prekey, ...row }) => ({ id: prekey, ...row })),
  section('key_exchanges', sql.keyExchanges, ({ author, recipient, ...row }) => ({
    from: author,
    to: recipient,
    ...row,
  })),
  section('rooms', sql.ownedRooms, ({ retention, ...row }) => ({
    ...row,
    retention: retention / 1000,
    created_at: toTime(row.created_at),
  })),
  section('memberships', sql.memberships, ({ id, name, joined_at }) => ({
    room: id,
    name,
    joined_at: toTime(joined_at),
  })),
  section('messages', sql.messages, (row) => ({ ...toMessage(row), expires: row.expires_at })),
  section('dms_sent', sql.dmsSent, (row) => ({ ...toDm(row), expires: row.expires_at })),
  section('dms_received', sql.dmsReceived, (row) => ({ ...toDm(row), expires: row.expires_at })),
  section('receipts', sql.receipts, ({ id, room_id, delivered_at, seen_at, outcome, ended_at, note, expires_at }) => ({
    message: uuidToMessageId(id),
    room: room_id,
    delivered: delivered_at,
    seen: seen_at,
    [outcome ?? 'done']: ended_at,
    note,
    expires: expires_at,
  })),
  section('ids', sql.messageIds, ({ id, author, room_id, recipient, deleted, expires_at }) => ({
    id: uuidToMessageId(id),
    from: author,
    room: room_id,
    to: recipient === nil ? null : recipient, // of somebody who was erased
    deleted,
    expires: expires_at,
  })),
  { name: 'audit', read: auditOf },
]

/** What the audit says of the agent; of what others did to it, not who and from where. */
async function auditOf(db: Db, agent: string, after: string) {
  const wanted = { type: undefined, agent, after: -1, before: Number.MAX_SAFE_INTEGER, order: 'asc' as const }
  const rows = await listEntries(db, { ...wanted, from: after === nil ? 0 : Number(after), limit: part })
  return rows.map((row) => {
    const payload = payloadOf(row)!
    const { agent: by, address, request_id, ...others } = payload
    // whose request was refused may only have claimed to be the agent
    const isOwn = by === agent && payload.outcome === 'done'
    return { key: String(row.position), data: isOwn ? payload : others }
  })
}

const withoutNull = (data: object) => Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null))

/**
 * Everything that the server holds about the caller, as lines of JSON that are made as they are taken: a manifest, the rows of each
 * section, checksums. Whoever is erased, or changes its key, meanwhile gets no further. Errors: `not_self`.
 *
 * @param server where the server is reached
 */
export async function exportAgent(
  db: Db,
  log: Log,
  server: string,
  caller: Writer,
  agent: string,
): Promise<AsyncIterable<string>> {
  requireSelf(caller.id, agent)
  await log.write(caller, (_tx, _append, audit) => audit({ type: 'agent.exported' }))
  return lines(db, log.now(), server, caller)
}

async function* lines(db: Db, now: number, server: string, caller: Writer): AsyncGenerator<string, void, undefined> {
  const names = sections.map(({ name }) => name)
  yield line('manifest', { format: 'aicq-export/1', agent: caller.id, server, made_at: toTime(now), sections: names })
  const sums: Record<string, { count: number; sha256: string }> = {}
  for (const { name, read } of sections) {
    const sum = createHash('sha256')
    let count = 0
    for (let after: string | undefined = textual.has(name) ? '' : nil; after !== undefined; ) {
      const rows = await read(db, caller.id, after)
      if (!(await sql.isStill(db, caller.id, caller.keyVersion)))
        throw new ProtocolError('agent_unknown', 'the agent was erased, or changed its key, while it was exported')
      for (const { data } of rows) {
        const text = line(name, data)
        sum.update(text)
        count++
        yield text
      }
      after = rows.length < part ? undefined : rows.at(-1)!.key
    }
    sums[name] = { count, sha256: sum.digest('hex') }
  }
  yield line('checksums', sums)
}

const line = (section: string, data: object) => `${JSON.stringify({ section, data })}\n`
