import { ProtocolError } from '@aicq/protocol'
import { type Cursors, tagOf } from '../events/cursor.ts'
import type { Head } from '../events/head.sql.ts'
import { eventAt, isWholeAfter } from '../events/page.sql.ts'
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
export const placeOf = (cursors: Cursors, { pos, event }: Head): Place => ({
  pos,
  at: event?.at ?? 0,
  cursor: cursors.seal({ pos, tag: tagOf(event) }),
})

const noEvent = tagOf(undefined)

/** The place of a cursor, if this log can be read on from it without a hole. Errors: `resync_required`, with the cursor of `head`. */
export async function begin(by: Beginning, cursor: string, head: Head): Promise<Place> {
  const place = by.cursors.open(cursor)
  const resync = (why: string) =>
    new ProtocolError('resync_required', `${why}: keep \`cursor\`, read the present state, and go on from there`, {
      cursor: placeOf(by.cursors, head).cursor,
    })
  if (!place) throw resync('the cursor is not of this log')
  const { pos, tag } = place
  if (tag.equals(noEvent)) {
    if (pos <= head.pos && (await isWholeAfter(by.db, pos))) return { pos, at: 0, cursor }
    throw resync('events since this cursor are gone')
  }
  const [near] = by.ring.after(pos - 1, pos) ?? []
  const event = near ?? (await eventAt(by.db, pos))
  if (!event) throw resync('the event of the cursor is not there (any more)')
  if (!tagOf(event).equals(tag)) throw resync('the cursor is of another history of this log')
  if (pos < head.pos && event.at < by.now() - by.eventRetention)
    throw resync('the cursor is older than events are kept')
  return { pos, at: event.at, cursor }
}
