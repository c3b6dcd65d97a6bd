import { ProtocolError } from '@aicq/protocol'
import { type Audited, audit } from '../audit/access.ts'
import type { Origin } from '../origin.ts'
import type { Db } from '../storage/db.ts'
import type { Tracing } from '../tracing.ts'

/** Who writes: the key, and the nonce of the signed request, are checked again where the write lands. */
export interface Writer {
  readonly id: string
  readonly keyVersion: number
  readonly nonce?: string | undefined
  /** Where the request came from, for the audit. */
  readonly origin?: Origin | undefined
}

export type EventType =
  | 'agent.joined'
  | 'agent.updated'
  | 'agent.erased'
  | 'agent.key_changed'
  | 'room.created'
  | 'room.joined'
  | 'room.left'
  | 'room.removed'
  | 'room.updated'
  | 'room.closed'
  | 'message.created'
  | 'message.deleted'
  | 'message.acked'
  | 'dm.received'
  | 'dm.sent'
  | 'dm.deleted'

/** An event refers to what it is about and does not copy it (spec/events.md). */
export interface Event {
  readonly type: EventType
  readonly room?: string | undefined
  readonly agent?: string | undefined
  /** In place of `agent`: one event for each. */
  readonly agents?: readonly string[]
  /** The message, as a uuid. */
  readonly ref?: string | undefined
}

/** Appends one event to the transaction that is open. */
export type Append = (event: Event) => Promise<void>

/** Writes an audit entry in the transaction that is open: by the writer, from where its request came, unless the action says otherwise. */
export type Audit = (action: Audited) => Promise<void>

/** The log as those who change things see it. */
export interface Log {
  /** Milliseconds, by this server's clock. */
  now(): number
  /**
   * Runs `work` in one transaction that holds the log's lock, having checked the writer's key and claimed the nonce; followers are
   * woken once it is committed. Keep `work` short: every other write waits. Errors: `key_revoked`, `nonce_used`, `unavailable`.
   */
  write<T>(
    writer: Writer | FirstWriter | undefined,
    work: (tx: Db, append: Append, audit: Audit) => Promise<T>,
  ): Promise<T>
}

/** Somebody whose key is not known yet: only the nonce is claimed. */
export type FirstWriter = Omit<Writer, 'keyVersion'>

export function openLog(db: Db, now: () => number, wake: () => void, tracing?: Tracing): Log {
  return {
    now,
    async write(writer, work) {
      const at = now()
      const began = Date.now()
      const trace = writer?.origin?.trace
      const result = await db.transaction(async (tx) => {
        await begin(tx, writer, at)
        return work(
          tx,
          (event) => append(tx, event, at, trace),
          (action) => audit(tx, at, { agent: writer?.id, origin: writer?.origin, ...action }),
        )
      })
      wake()
      if (trace) tracing?.tell('append', trace, began, {})
      return result
    },
  }
}

async function begin(tx: Db, writer: Writer | FirstWriter | undefined, now: number): Promise<void> {
  const version = writer && 'keyVersion' in writer ? writer.keyVersion : undefined
  const [row] = await tx.query<{ verdict: 'ok' | 'agent' | 'nonce' }>('select begin_write($1, $2, $3, $4) as verdict', [
    writer?.id,
    version,
    writer?.nonce,
    now,
  ])
  if (row!.verdict === 'nonce') throw nonceUsed()
  if (row!.verdict === 'agent') throw keyRevoked()
}

async function append(
  tx: Db,
  { type, room, agent, agents, ref }: Event,
  now: number,
  trace: string | undefined,
): Promise<void> {
  if (agents) return void (await tx.query('select append_events($1, $2, $3, $4)', [type, room, agents, now]))
  await tx.query('select append_event($1, $2, $3, $4, $5, $6)', [type, room, agent, ref, now, trace])
}

export const nonceUsed = () => new ProtocolError('nonce_used', 'a request with this nonce has been accepted already')
export const keyRevoked = () => new ProtocolError('key_revoked', 'this key is no longer the key of this agent')
