import { Buffer } from 'node:buffer'
import { mentionsIn, type Event as Shown, uuidToMessageId } from '@aicq/protocol'
import { namesOf } from '../agents/access.ts'
import { type DmRow, dmsOf, toDm } from '../dms/access.ts'
import { type Cursors, type LoggedEvent, tagOf } from '../events/cursor.ts'
import {
  type AuthorReceipts,
  type EventMessageRow,
  mentionsOf,
  messagesOf,
  type ReceiptRules,
  receiptsOf,
  toMessage,
} from '../messages/access.ts'
import { roomsOf } from '../rooms/access.ts'
import type { Db } from '../storage/db.ts'
import type { Entry, Said } from './entry.ts'

export interface Rendering {
  readonly db: Db
  readonly cursors: Cursors
  readonly now: () => number
  /** Milliseconds that a direct message lives. */
  readonly dmRetention: number
  readonly receipts: ReceiptRules
}

/** Makes the objects of events, with what they refer to as it is now: what is gone is not told (spec/events.md#shape). */
export type Render = (events: readonly LoggedEvent[]) => Promise<Entry[]>

export function renderer({ db, cursors, now, dmRetention, receipts: rules }: Rendering): Render {
  return async (events) => {
    const of = (wanted: RegExp, member: 'ref' | 'room' | 'agent') => [
      ...new Set(events.flatMap((event) => (wanted.test(event.type) && event[member] !== null ? [event[member]] : []))),
    ]
    const [messages, mentions, receipts, dms, rooms, agents] = await Promise.all([
      byKey(
        of(/^message\.created$/, 'ref'),
        (ids) => messagesOf(db, ids, now()),
        ({ id }) => id,
      ),
      mentionedBy(db, of(/^message\.deleted$/, 'ref')),
      receiptsOf(db, rules, of(/^message\.acked$/, 'ref')),
      byKey(
        of(/^dm\.(received|sent)$/, 'ref'),
        (ids) => dmsOf(db, ids, now(), dmRetention),
        ({ id }) => id,
      ),
      byKey(
        of(/^(room\.(created|updated)|message\.deleted)$/, 'room'),
        (ids) => roomsOf(db, ids),
        ({ id }) => id,
      ),
      byKey(
        of(/^(agent|room)\./, 'agent'),
        (ids) => namesOf(db, ids),
        ({ id }) => id,
      ),
    ])
    return events.map((event) => {
      const cursor = cursors.seal({ pos: event.pos, tag: tagOf(event) })
      const more = tell(event, { messages, mentions, receipts, dms, rooms, agents })
      const { shown, ...known } = more ?? {}
      const entry: Entry = { ...event, cursor, ...known, delivery: undefined }
      if (shown)
        entry.delivery = {
          entry,
          cursor,
          json: Buffer.from(JSON.stringify({ cursor, type: event.type, ts: event.at, ...traced(event), ...shown })),
        }
      return entry
    })
  }
}

const traced = ({ trace }: LoggedEvent) => (trace === null ? {} : { traceparent: trace })

interface Known {
  readonly messages: ReadonlyMap<string, EventMessageRow>
  readonly mentions: ReadonlyMap<string, string[]>
  readonly receipts: ReadonlyMap<string, AuthorReceipts>
  readonly dms: ReadonlyMap<string, DmRow>
  readonly rooms: ReadonlyMap<string, { name: string; is_private: boolean; key_version: number }>
  readonly agents: ReadonlyMap<string, { name: string | null }>
}

type Members = Omit<Shown, 'cursor' | 'type' | 'ts' | 'traceparent'>
type Told = Pick<Entry, 'said' | 'roomNow' | 'name'> & { readonly shown?: Members }

/** What an event shows, and what decides who gets it; nothing where that is gone. */
function tell({ type, room, agent, ref }: LoggedEvent, known: Known): Told | undefined {
  const message_id = ref === null ? undefined : uuidToMessageId(ref)
  switch (type) {
    case 'message.created':
      return ofMessage(known.messages.get(ref!))
    case 'message.deleted': {
      const isPrivate = known.rooms.get(room!)?.is_private ?? true
      const said = { ...nobody, id: ref!, isPrivate, mentions: known.mentions.get(ref!) ?? [] }
      return { said, shown: { room: room!, agent: agent!, message_id: message_id! } }
    }
    case 'message.acked': {
      const receipts = known.receipts.get(ref!)
      return receipts && { shown: { room: room!, agent: agent!, message_id: message_id!, receipts } }
    }
    case 'dm.received':
    case 'dm.sent': {
      const dm = known.dms.get(ref!)
      return dm && { shown: { agent: agent!, dm: toDm(dm) } }
    }
    case 'dm.deleted':
      return { shown: { agent: agent!, message_id: message_id! } }
    case 'agent.erased':
      return { shown: { agent: agent! } }
    case 'room.created':
    case 'room.updated': {
      const now = known.rooms.get(room!)
      if (!now || (agent !== null && !known.agents.has(agent))) return undefined
      const roomNow = { isPrivate: now.is_private, keyVersion: now.key_version }
      return { roomNow, shown: { room: room!, ...(agent === null ? {} : { agent }), name: now.name } }
    }
    case 'room.closed':
      return { shown: { room: room! } }
    default: {
      const now = agent === null ? undefined : known.agents.get(agent)
      if (!now) return undefined
      const named = /^agent\.(joined|updated)$/.test(type) && now.name !== null ? { name: now.name } : {}
      return { name: now.name, shown: { ...(room === null ? {} : { room }), agent: agent!, ...named } }
    }
  }
}

const nobody = { author: '', expiresAt: Infinity, members: 0, pid: undefined }

function ofMessage(row: EventMessageRow | undefined): Told | undefined {
  if (!row) return undefined
  const message = toMessage(row)
  const said: Said = {
    id: row.id,
    author: row.author,
    isPrivate: row.is_private,
    mentions: mentionsIn(row.body),
    expiresAt: row.expires_at,
    members: row.members,
    pid: row.pid ?? undefined,
  }
  const author = { ...(row.author_name === null ? {} : { name: row.author_name }), key: row.did }
  return { said, shown: { room: row.room_id, message: { ...message, author } } }
}

async function mentionedBy(db: Db, ids: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  if (ids.length === 0) return found
  for (const { ref, key } of await mentionsOf(db, ids)) found.set(ref, [...(found.get(ref) ?? []), key])
  return found
}

async function byKey<Row>(
  ids: readonly string[],
  read: (ids: readonly string[]) => Promise<Row[]>,
  keyOf: (row: Row) => string,
): Promise<Map<string, Row>> {
  return ids.length === 0 ? new Map() : new Map((await read(ids)).map((row) => [keyOf(row), row]))
}
