import { type Head, type HeadColumns, head, headColumns, headOf } from '../events/head.sql.ts'
import type { Db } from '../storage/db.ts'

export interface DmRow {
  readonly id: string
  readonly author: string
  /** did:key of the author's key at that time. */
  readonly author_did: string
  readonly recipient: string
  /** did:key of the key for which it was encrypted, where the author signed that. */
  readonly recipient_did: string | null
  readonly body: string
  readonly authority: string | null
  readonly created: number
  readonly ts: number
  readonly sig: Buffer | null
}

export const columns =
  'd.id, d.author, k.did as author_did, d.recipient, r.did as recipient_did, d.body, d.authority, d.created, d.ts, d.sig'
export const keys = `join agent_keys k on k.agent_id = d.author and k.version = d.author_key
  left join agent_keys r on r.agent_id = d.recipient and r.version = d.recipient_key`

export interface NewDm {
  readonly id: string
  readonly author: string
  readonly authorKey: number
  readonly recipient: string
  /** The version of the recipient's key, where the author signed for which one it encrypted. */
  readonly recipientKey: number | undefined
  readonly body: string
  readonly authority: string | undefined
  readonly created: number
  readonly sig: Uint8Array | undefined
  readonly expiresAt: number
}

/** Stores a direct message with the time of the event that was appended just before. */
export async function insertDm(tx: Db, dm: NewDm): Promise<DmRow> {
  const { id, author, authorKey, recipient, recipientKey, body, authority, created, sig, expiresAt } = dm
  const [row] = await tx.query<DmRow>(
    `with d as (
       insert into dms (id, author, author_key, recipient, recipient_key, body, authority, created, ts, sig, expires_at)
       select $1, $2, $3, $4, $5, $6, $7, $8, at, $9, $10 from log_head
       returning *
     ), claimed as (
       insert into message_ids (id, author, recipient, seq, expires_at) select id, author, recipient, ts, expires_at from d
     )
     select ${columns} from d ${keys}`,
    [id, author, authorKey, recipient, recipientKey, body, authority, created, sig && Buffer.from(sig), expiresAt],
  )
  return row!
}

/** Where a direct message is; its id says so (`message_ids`). */
export interface Place {
  readonly recipient: string
  readonly ts: number
  readonly expiresAt: number
}

export async function findDm(db: Db, { recipient, ts, expiresAt }: Place): Promise<DmRow | undefined> {
  const [row] = await db.query<DmRow>(
    `select ${columns} from dms d ${keys} where d.recipient = $1 and d.ts = $2 and d.expires_at = $3`,
    [recipient, ts, expiresAt],
  )
  return row
}

/** Takes a direct message away and keeps its id as a tombstone. */
export async function deleteDm(tx: Db, id: string, { recipient, ts, expiresAt }: Place): Promise<void> {
  await tx.query('update message_ids set deleted = true where id = $1', [id])
  await tx.query('delete from dms where recipient = $1 and ts = $2 and expires_at = $3', [recipient, ts, expiresAt])
}

/** Which direct messages: those of an agent with `after < ts < before`. */
export interface Range {
  readonly agent: string
  readonly peer: string | undefined
  readonly received: boolean
  readonly sent: boolean
  readonly after: number
  readonly before: number
  readonly order: 'asc' | 'desc'
  readonly limit: number
  readonly now: number
}

/** While an erased agent's messages are being deleted, nobody sees them (storage/migrations/0013-leaving.sql). */
const alive = (other: 'author' | 'recipient') =>
  `d.ts > $2 and d.ts < $3 and d.expires_at > $5 and exists (select from agents a where a.id = d.${other} and a.erased_at is null)`

/** One branch for each direction, so that each is a walk along its index; a message to oneself is in the first alone. */
const pageText = (order: 'asc' | 'desc', [received, sent]: readonly [string, string]) =>
  `select ${headColumns}, p.* from ${head} left join lateral (
     select ${columns} from (
       (select * from dms d where $6 and d.recipient = $1 ${received} and ${alive('author')} order by d.ts ${order} limit $4)
       union all
       (select * from dms d where $7 and d.author = $1 ${sent} and ($6 is false or d.recipient <> $1) and ${alive('recipient')}
         order by d.ts ${order} limit $4)
     ) d ${keys} order by d.ts ${order} limit $4) p on true order by p.ts ${order}`

const all = ['', ''] as const
const ofPeer = ['and d.author = $8', 'and d.recipient = $8'] as const
const texts = {
  all: { asc: pageText('asc', all), desc: pageText('desc', all) },
  peer: { asc: pageText('asc', ofPeer), desc: pageText('desc', ofPeer) },
}

/** A page of an agent's direct messages, with the position of the log that belongs to it. */
export async function readPage(db: Db, range: Range): Promise<{ head: Head; rows: DmRow[] }> {
  const { agent, peer, received, sent, after, before, order, limit, now } = range
  const values = [agent, after, before, limit, now, received, sent]
  const rows = await db.query<DmRow & HeadColumns>(
    texts[peer ? 'peer' : 'all'][order],
    peer ? [...values, peer] : values,
  )
  return { head: headOf(rows[0]!), rows: rows.filter(({ id }) => id !== null) }
}
