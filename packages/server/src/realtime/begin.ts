import { ProtocolError } from '@aicq/protocol'
import { type Cursors, type LoggedEvent, tagOf } from '../events/cursor.ts'
import { eventAt, isWhole } from '../events/page.sql.ts'
import type { Db } from '../storage/db.ts'
import type { Ring } from './ring.ts'

/** Where a reader is in the log. */
export interface Place {
  readonly pos: number
  /** Of the event there (ms). */
  readonly at: number
  readonly cursor: string
}

export interface Beginning {
  readonly db: Db
  readonly cursors: Cursors
  readonly ring: Ring
  readonly now: () => number
  /** Milliseconds that events are kept. */
  readonly eventRetention: number
}

/** Where the log ends. */
export const placeOf = (cursors: Cursors, head: LoggedEvent | undefined): Place => ({
  pos: head?.pos ?? 0,
  at: head?.at ?? 0,
  cursor: cursors.seal({ pos: head?.pos ?? 0, tag: tagOf(head) }),
})

/** The place of a cursor, if this log can be read on from it without a hole. Errors: `resync_required`, with the cursor of `head`. */
export async function begin(by: Beginning, cursor: string, head: LoggedEvent | undefined): Promise<Place> {
  const place = by.cursors.open(cursor)
  const resync = (why: string) =>
    new ProtocolError('resync_required', `${why}: keep \`cursor\`, read the present state, and go on from there`, {
      cursor: placeOf(by.cursors, head).cursor,
    })
  if (!place) throw resync('the cursor is not of this log')
  if (place.pos === 0) {
    if (place.tag.equals(tagOf(undefined)) && (await isWhole(by.db))) return { pos: 0, at: 0, cursor }
    throw resync('events since this cursor are gone')
  }
  const [near] = by.ring.after(place.pos - 1, place.pos) ?? []
  const event = near ?? (await eventAt(by.db, place.pos))
  if (!event) throw resync('the event of the cursor is not there (any more)')
  if (!tagOf(event).equals(place.tag)) throw resync('the cursor is of another history of this log')
  if (event.at < by.now() - by.eventRetention) throw resync('the cursor is older than events are kept')
  return { pos: event.pos, at: event.at, cursor }
}
