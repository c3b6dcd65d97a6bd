import type { Head } from '../events/head.sql.ts'
import { eventsOf } from '../events/page.sql.ts'
import type { Db } from '../storage/db.ts'
import type { Place } from './begin.ts'
import type { Entry, Told } from './entry.ts'
import type { Feed } from './feed.ts'
import type { Render } from './render.ts'
import { type View, wants } from './view.ts'

export interface Reading {
  readonly db: Db
  readonly feed: Feed
  readonly render: Render
  readonly now: () => number
}

/** A part of what a reader missed. */
export interface Part extends Place {
  readonly told: readonly Told[]
}

/** Events of one part at most, bytes after which it ends, and positions at which it does: those who come back at once then get the same parts. */
const most = 128
const enough = 256 * 1024
const stride = 128

/**
 * The next part of what a reader may see after a place, up to the position of its view: from memory, or from the database if that reaches
 * further back. Nothing: there is no more.
 */
export async function readOn(
  { db, feed, render, now }: Reading,
  view: View,
  place: { readonly pos: number; readonly at: number },
  head: Head,
  limit = most,
): Promise<Part | undefined> {
  if (place.pos >= view.at) return undefined
  const near = feed.ring.end >= view.at ? feed.ring.after(place.pos, view.at) : undefined
  if (near) return select(feed, view, near, limit, now())
  const span = { after: place.pos, since: place.at, upTo: view.at }
  const concern = {
    rooms: [...view.rooms.keys()],
    agent: view.agent,
    mentions: view.mentions ? view.keys : [],
  }
  const events = await eventsOf(db, span, concern, limit)
  const isLast = events.length < limit
  // the place at the end counts as seen, whomever it concerns
  const ends = isLast && head.event && events.at(-1)?.pos !== head.pos ? [...events, head.event] : events
  if (ends.length === 0) return undefined
  return select(feed, view, await render(ends), ends.length, now())
}

function select(feed: Feed, view: View, entries: readonly Entry[], limit: number, now: number): Part {
  const told: Told[] = []
  let last = entries[0]!
  let bytes = 0
  for (const entry of entries) {
    last = entry
    const { delivery, said } = entry
    if (delivery && wants(view, entry) && (said?.expiresAt ?? Infinity) > now) {
      told.push(delivery)
      bytes += delivery.json.length
    }
    if (told.length === limit || bytes > enough || (told.length > 0 && entry.pos % stride === 0)) break
  }
  return { told: feed.shared(told), cursor: last.cursor, pos: last.pos, at: last.at }
}
