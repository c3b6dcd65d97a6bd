import type { Head } from '../events/head.sql.ts'
import type { Db } from '../storage/db.ts'
import type { Listener } from './audience.ts'
import type { Place } from './begin.ts'
import type { Entry, Told } from './entry.ts'
import type { Feed } from './feed.ts'
import { type Asked, look } from './look.ts'
import type { Part } from './reading.ts'
import type { Sink, Stream, StreamEnd } from './streams.ts'
import { after, before, type View, wants } from './view.ts'

/** What all streams of a server share. */
export interface Course {
  readonly db: Db
  readonly feed: Feed
  /** The next part of what a reader missed, when it is its turn. */
  readOn(view: View, place: Place, head: Head): Promise<Part | undefined>
  reached(agent: string | undefined, told: readonly Told[]): void
  failed(cause: unknown): void
  /** Told why a stream ends that its reader did not close. */
  ended(why: StreamEnd): void
  /** Told of each stream that is over. */
  closed(stream: Running): void
}

/** Bytes that may wait for a reader: more closes its connection, and its cursor stays good. */
const backlog = 1024 * 1024
/**
 * While a reader catches up, it gets more once less than this waits; and if no more than this is new, it is handed over to those who get
 * what happens as it happens.
 */
const lowWater = 256 * 1024
const sizeOf = (entries: readonly Entry[]) =>
  entries.reduce((sum, { delivery }) => sum + (delivery?.json.length ?? 0), 0)

/** A stream that runs. There are many that wait: an object of few members, and no closures. */
export class Running implements Stream, Listener {
  readonly asked: Asked
  view: View
  /** Events up to here it has got already, or they are none of its business; once it is live. */
  from = 0
  readonly #course: Course
  readonly #sink: Sink
  #head: Head | undefined
  #place: Place
  #isLive = false
  #isClosed = false

  constructor(course: Course, asked: Asked, sink: Sink, view: View, head: Head, place: Place) {
    this.#course = course
    this.asked = asked
    this.#sink = sink
    this.view = view
    this.#head = head
    this.#place = place
  }

  cursor(): string {
    const newest = this.#course.feed.newest()
    return this.#isLive && newest && newest.pos > this.from ? newest.cursor : this.#place.cursor
  }

  /** Gives what was missed, as fast as the reader takes it, and from then on what happens. */
  go(): void {
    this.#catchUp().catch((cause) => {
      this.#course.failed(cause)
      this.end('internal')
    })
  }

  take(told: readonly Told[]): void {
    this.#send(told)
    const { pos, at, cursor } = told.at(-1)!.entry
    if (pos > this.from) {
      this.from = pos
      this.#place = { pos, at, cursor }
    }
    if (this.#sink.waiting() > backlog) this.end('slow_reader')
  }

  /** Looks again who may see what, after the event at a place. */
  again(place: Place): void {
    if (!this.#isLive) return
    this.#detach()
    this.#place = place
    this.go()
  }

  end(why: StreamEnd): void {
    if (this.#isClosed) return
    this.close()
    this.#course.ended(why)
    this.#sink.end(why)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#detach()
    this.#course.closed(this)
  }

  async #catchUp(): Promise<void> {
    const { db, readOn } = this.#course
    while (!this.#isClosed) {
      const part = this.#head && (await readOn(this.view, this.#place, this.#head))
      if (this.#isClosed) return
      if (part) {
        this.#place = { pos: part.pos, at: part.at, cursor: part.cursor }
        this.#send(part.told)
        if (this.#sink.waiting() > lowWater) await this.#sink.drained()
      } else if (this.#attach()) return
      else {
        const now = await look(db, this.asked, false)
        if ('over' in now) return this.end(now.over)
        this.view = now.view
        this.#head = now.head
      }
    }
  }

  /** True once there is nothing between the reader and what happens next. */
  #attach(): boolean {
    const { view } = this
    const { feed } = this.#course
    const rest = view.isOver ? undefined : feed.ring.after(this.#place.pos)
    if (!rest || sizeOf(rest) > lowWater) return false
    const told: Told[] = []
    for (const entry of rest) {
      if (view.isOver) break
      before(view, entry)
      if (entry.delivery && wants(view, entry)) told.push(entry.delivery)
      after(view, entry)
      this.#place = { pos: entry.pos, at: entry.at, cursor: entry.cursor }
    }
    this.#send(told)
    if (view.isOver) return false
    this.from = this.#place.pos
    this.#head = undefined
    this.#isLive = true
    feed.audience.add(this)
    return true
  }

  #detach(): void {
    if (this.#isLive) this.#course.feed.audience.delete(this)
    this.#isLive = false
  }

  #send(told: readonly Told[]): void {
    if (told.length === 0) return
    this.#sink.send(told)
    if (!this.#sink.tellsReached) this.#course.reached(this.view.agent, told)
  }
}
