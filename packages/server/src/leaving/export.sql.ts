import type { DmRow } from '../dms/access.ts'
import type { MessageRow } from '../messages/access.ts'
import type { Db } from '../storage/db.ts'

/** Reads the next rows of a section: those whose key is after the given one. */
export type ReadPart<Row extends { readonly id: string }> = (
  db: Db,
  agent: string,
  after: string,
  limit: number,
) => Promise<Row[]>

/** Whether the agent is there with the same key still. */
export async function isStill(db: Db, agent: string, keyVersion: number): Promise<boolean> {
  const rows = await db.query('select from agents where id = $1 and key_version = $2 and erased_at is null', [
    agent,
    keyVersion,
  ])
  return rows.length > 0
}

export interface ProfileRow {
  readonly id: string
  readonly name: string | null
  readonly email: string | null
  readonly description: string | null
  readonly homepage: string | null
  readonly proven: boolean
  readonly joined_at: number
}

export const profile: ReadPart<ProfileRow> = (db, agent, after) =>
  db.query(
    'select id, name, email, description, homepage, proven, joined_at from agents where id = $1 and id > $2 and erased_at is null',
    [agent, after],
  )

export const keys: ReadPart<{ id: string; version: number; did: string }> = (db, agent, after, limit) =>
  db.query(
    `select lpad(version::text, 10, '0') as id, version, did from agent_keys
      where agent_id = $1 and lpad(version::text, 10, '0') > $2 order by version limit $3`,
    [agent, after, limit],
  )

export const keyOperations: ReadPart<{ id: string; operation: object }> = (db, agent, after, limit) =>
  db.query(
    `select lpad(version::text, 10, '0') as id, operation from key_operations
      where agent_id = $1 and lpad(version::text, 10, '0') > $2 order by version limit $3`,
    [agent, after, limit],
  )

export interface OwnedRow {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly is_private: boolean
  /** Milliseconds. */
  readonly retention: number
  readonly created_at: number
}

export const ownedRooms: ReadPart<OwnedRow> = (db, agent, after, limit) =>
  db.query(
    `select id, name, description, is_private, retention, created_at from rooms
      where owner = $1 and id > $2 and closed_at is null order by id limit $3`,
    [agent, after, limit],
  )

export const memberships: ReadPart<{ id: string; name: string; joined_at: number }> = (db, agent, after, limit) =>
  db.query(
    `select r.id, r.name, m.joined_at from members m join rooms r on r.id = m.room_id
      where m.agent_id = $1 and m.room_id > $2 and r.closed_at is null order by m.room_id limit $3`,
    [agent, after, limit],
  )

/** All that is stored, be it expired for everybody else. */
export const messages: ReadPart<MessageRow & { expires_at: number }> = (db, agent, after, limit) =>
  db.query(
    `select m.id, m.room_id, m.seq, m.author, k.did, m.type, m.pid, m.body, m.authority, m.created, m.ts, m.sig, m.expires_at
       from message_ids i join messages m on m.expires_at = i.expires_at and m.room_id = i.room_id and m.seq = i.seq
       join agent_keys k on k.agent_id = m.author and k.version = m.key_version
      where i.author = $1 and i.id > $2 and not i.deleted order by i.id limit $3`,
    [agent, after, limit],
  )

const dmsOf = (side: 'author' | 'recipient') =>
  `select d.id, d.author, k.did as author_did, d.recipient, r.did as recipient_did, d.body, d.authority, d.created, d.ts, d.sig, d.expires_at
     from message_ids i join dms d on d.expires_at = i.expires_at and d.recipient = i.recipient and d.ts = i.seq
     join agent_keys k on k.agent_id = d.author and k.version = d.author_key
     left join agent_keys r on r.agent_id = d.recipient and r.version = d.recipient_key
    where i.${side} = $1 and i.recipient is not null and i.id > $2 and not i.deleted order by i.id limit $3`
const sent = dmsOf('author')
const received = dmsOf('recipient')

export const dmsSent: ReadPart<DmRow & { expires_at: number }> = (db, agent, after, limit) =>
  db.query(sent, [agent, after, limit])

export const dmsReceived: ReadPart<DmRow & { expires_at: number }> = (db, agent, after, limit) =>
  db.query(received, [agent, after, limit])

export interface ReceiptRow {
  /** Of the message. */
  readonly id: string
  readonly room_id: string
  readonly delivered_at: number
  readonly seen_at: number | null
  readonly outcome: string | null
  readonly ended_at: number | null
  readonly note: string | null
  readonly expires_at: number
}

/** What is stored of the agent as a reader of the messages of others. */
export const receipts: ReadPart<ReceiptRow> = (db, agent, after, limit) =>
  db.query(
    `select r.message_id as id, i.room_id, r.delivered_at, r.seen_at, r.outcome, r.ended_at, r.note, r.expires_at
       from receipts r join message_ids i on i.id = r.message_id
      where r.agent_id = $1 and r.message_id > $2 order by r.message_id limit $3`,
    [agent, after, limit],
  )

export interface IdRow {
  readonly id: string
  readonly author: string
  readonly room_id: string | null
  readonly recipient: string | null
  readonly deleted: boolean
  readonly expires_at: number
}

const idsOf = (side: 'author' | 'recipient') =>
  `(select id, author, room_id, recipient, deleted, expires_at from message_ids where ${side} = $1 and id > $2 order by id limit $3)`
const ids = `${idsOf('author')} union ${idsOf('recipient')} order by id limit $3`

/** Every id of a message from or to the agent that is remembered, whether the message is there still or not. */
export const messageIds: ReadPart<IdRow> = (db, agent, after, limit) => db.query(ids, [agent, after, limit])

export interface PrekeyRow {
  /** Installation and prekey. */
  readonly id: string
  readonly installation: string
  readonly prekey: string
  readonly purpose: string
  readonly public_key: string
  readonly created: number
  readonly expires: number
  readonly sig: string
}

export const prekeys: ReadPart<PrekeyRow> = (db, agent, after, limit) =>
  db.query(
    `select concat(installation, ' ', id) as id, installation, id as prekey, purpose, public_key, created, expires, sig from prekeys
      where agent_id = $1 and ($2 = '' or (installation, id) > (split_part($2, ' ', 1)::uuid, split_part($2, ' ', 2)))
      order by installation, id limit $3`,
    [agent, after, limit],
  )

export interface ExchangeRow {
  readonly id: string
  readonly author: string
  readonly recipient: string
  readonly purpose: string
  readonly public_key: string
  readonly created: number
  readonly expires: number
  readonly sig: string
  readonly state: string
  readonly answer_public_key: string | null
  readonly answer_created: number | null
  readonly answer_sig: string | null
}

/** Key exchanges that the agent offered and was offered. */
export const keyExchanges: ReadPart<ExchangeRow> = (db, agent, after, limit) =>
  db.query(
    `select id, author, recipient, purpose, public_key, created, expires, sig, state, answer_public_key, answer_created, answer_sig
       from key_exchanges where (author = $1 or recipient = $1) and id > $2 order by id limit $3`,
    [agent, after, limit],
  )
