import { ProtocolError } from '@aicq/protocol'
import { type Db, sqlState } from '../storage/db.ts'
import type { Tracing } from '../tracing.ts'

/** A post on its way into the log; ids are uuids, `sig` is base64, absent members are null. */
export interface Draft {
  readonly author: string
  readonly version: number
  readonly id: string
  readonly room: string
  /** The version of the key of a private room that the author has shown. */
  readonly room_key: number | null
  readonly type: string
  readonly pid: string | null
  readonly body: string
  /** Whom the body mentions, if anybody (spec/realtime.md#mentions). */
  readonly mentions: readonly string[] | null
  readonly authority: string | null
  readonly created: number
  readonly sig: string | null
  readonly nonce: string | null
  /** The traceparent that its event carries. */
  readonly trace: string | null
}

/** What became of it: the outcomes of `append_posts` (storage/migrations). `seq` and `ts` come with `new`. */
export interface Placed {
  readonly outcome: 'new' | 'again' | 'taken' | 'deleted' | 'nonce' | 'agent' | 'room' | 'parent'
  readonly seq: number
  readonly ts: number
  readonly isPrivate: boolean
}

type Row = { ord: number; outcome: Placed['outcome'] | 'twin'; seq: number; ts: number; is_private: boolean }
type Waiting = { draft: Draft; resolve: (placed: Placed) => void; reject: (cause: unknown) => void }

/** Posts in one transaction at most. */
const most = 200

/**
 * Appends posts in batches: those that arrive while an append is in flight go together into the next one, so that one fsync serves
 * many and an idle server adds no delay. `committed` runs after each batch, with how many are new and how
 * long it took.
 */
export function groupCommit(
  db: Db,
  now: () => number,
  committed: (posts: number, seconds: number) => void,
  tracing?: Tracing,
): (draft: Draft) => Promise<Placed> {
  let queue: Waiting[] = []
  let inFlight = false

  async function drain(): Promise<void> {
    inFlight = true
    while (queue.length > 0) {
      const batch = queue.splice(0, most)
      queue = [...(await append(batch)), ...queue]
    }
    inFlight = false
  }

  /** Settles each post of the batch, but for twins: they are returned, to be appended again. */
  async function append(batch: Waiting[]): Promise<Waiting[]> {
    let rows: Row[]
    const drafts = batch.map(({ draft }) => draft)
    const began = Date.now()
    try {
      rows = await db.query<Row>('select ord, outcome, seq, ts, is_private from append_posts($1, $2)', [
        JSON.stringify(drafts),
        now(),
      ])
    } catch (cause) {
      return refuse(batch, cause)
    }
    committed(rows.filter(({ outcome }) => outcome === 'new').length, (Date.now() - began) / 1000)
    if (tracing)
      for (const { trace } of drafts)
        if (trace) tracing.tell('append', trace, began, { 'aicq.batch_size': batch.length })
    // after the next batch has been sent, so that PostgreSQL works while answers are written
    setImmediate(() => {
      for (const { ord, outcome, seq, ts, is_private } of rows)
        if (outcome !== 'twin') batch[ord - 1]!.resolve({ outcome, seq, ts, isPrivate: is_private })
    })
    return rows.filter(({ outcome }) => outcome === 'twin').map(({ ord }) => batch[ord - 1]!)
  }

  /** A row that PostgreSQL cannot take (classes 22, 23) must not fail its neighbours: the batch is tried again in halves. */
  async function refuse(batch: Waiting[], cause: unknown): Promise<Waiting[]> {
    if (batch.length > 1 && /^2[23]/.test(sqlState(cause) ?? '')) {
      const half = batch.length >> 1
      return [...(await append(batch.slice(0, half))), ...(await append(batch.slice(half)))]
    }
    const error =
      cause instanceof ProtocolError
        ? cause
        : new ProtocolError('internal', 'the message could not be stored', {}, { cause })
    for (const { reject } of batch) reject(error)
    return []
  }

  return (draft) =>
    new Promise((resolve, reject) => {
      queue.push({ draft, resolve, reject })
      if (!inFlight) void drain()
    })
}
