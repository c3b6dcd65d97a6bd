import type { AuditCheckpoint, AuditType } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'

/** An entry as it is stored; of an erased one all is null but position and time. */
export interface EntryRow {
  readonly position: number
  readonly at: number
  readonly type: AuditType | null
  readonly outcome: 'done' | 'refused'
  readonly agent: string | null
  readonly subject: string | null
  readonly room: string | null
  /** As a uuid. */
  readonly message: string | null
  readonly address: string | null
  readonly request_id: string | null
  readonly details: Record<string, unknown> | null
  readonly salt: Buffer | null
}

export interface Link {
  readonly position: number
  /** In hex, both. */
  readonly commitment: string
  readonly link: string
}

/** One server at a time links, signs or prunes: held until the transaction ends. */
export async function lockChain(tx: Db): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(4149437)')
}

/** The newest link. */
export async function lastLink(db: Db): Promise<{ position: number; link: string } | undefined> {
  const [row] = await db.query<{ position: number; link: string }>(
    `select position, encode(link, 'hex') as link from audit_links order by position desc limit 1`,
  )
  return row
}

export function entriesAfter(db: Db, position: number, limit: number): Promise<EntryRow[]> {
  return db.query<EntryRow>(
    `select position, at, type, outcome, agent, subject, room, message, address, request_id, details, salt
       from audit_entries where position > $1 order by position limit $2`,
    [position, limit],
  )
}

export async function insertLinks(tx: Db, links: readonly Link[]): Promise<void> {
  await tx.query(
    `insert into audit_links (position, commitment, link)
     select position, decode(commitment, 'hex'), decode(link, 'hex')
       from json_to_recordset($1) as n (position bigint, commitment text, link text)`,
    [JSON.stringify(links)],
  )
}

// PostgreSQL breaks base64 into lines of 76 characters
const columns = `count, encode(root, 'hex') as root, at, key, replace(encode(sig, 'base64'), E'\\n', '') as sig`
const texts = {
  asc: `select ${columns} from audit_checkpoints where count > $1 order by count asc limit $2`,
  desc: `select ${columns} from audit_checkpoints where count < $1 order by count desc limit $2`,
}

/** Checkpoints beyond a count, in that order. */
export function listCheckpoints(
  db: Db,
  order: 'asc' | 'desc',
  beyond: number,
  limit: number,
): Promise<AuditCheckpoint[]> {
  return db.query<AuditCheckpoint>(texts[order], [beyond, limit])
}

export async function insertCheckpoint(tx: Db, { count, root, at, key, sig }: AuditCheckpoint): Promise<void> {
  await tx.query(
    `insert into audit_checkpoints (count, root, at, key, sig) values ($1, decode($2, 'hex'), $3, $4, decode($5, 'base64'))`,
    [count, root, at, key, sig],
  )
}
