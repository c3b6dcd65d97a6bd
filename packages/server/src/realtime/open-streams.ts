import { ProtocolError } from '@aicq/protocol'
import type { Agents } from '../agents/access.ts'
import type { Cursors } from '../events/cursor.ts'
import type { Head } from '../events/head.sql.ts'
import type { RoomKeys } from '../rooms/access.ts'
import type { Listener } from './audience.ts'
import { begin, type Place, placeOf } from './begin.ts'
import type { Entry, Told } from './entry.ts'
import { type Asked, ask, look } from './look.ts'
import type { Reached } from './reached.ts'
import { type Reading, readOn } from './reading.ts'
import type { Sink, Stream, StreamEnd, Streams } from './streams.ts'
import { openTurns } from './turns.ts'
import { after, before, type View, wants } from './view.ts'

export interface StreamOptions extends Reading {
  readonly cursors: Cursors
  readonly agents: Agents
  readonly keys: RoomKeys
  /** Milliseconds that events are kept. */
  readonly eventRetention: number
  /** Told of what went out to whom. */
  readonly reached: Reached
  /** Told of a stream that failed. */
  failed(cause: unknown): void
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

/** Streams from a cursor on: what was missed first, as fast as the reader takes it, then what happens, as it happens. */
export function openStreams(options: StreamOptions): Streams & { readonly size: () => number } {
  const { db, feed, keys, cursors, agents } = options
  const running = new Set<Running>()
  const [opening, reading] = [openTurns(4), openTurns(2)]
  let isFinishing = false

  interface Start {
    readonly view: View
    readonly head: Head
    readonly place: Place
  }

  interface Running {
    readonly asked: Asked
    readonly end: (why: StreamEnd) => void
    /** Looks again who may see what, after the event at a place. */
    readonly again: (place: Place) => void
  }

  feed.onAgent(async (agent, what, entry) => {
    for (const one of running) {
      const { agent: own } = one.asked.reader
      if (own?.id !== agent) continue
      if (what === 'erased') one.end('agent_erased')
      else if (await agents.isCurrent(own)) one.again(entry)
      else one.end('key_revoked')
    }
  })

  function run(asked: Asked, sink: Sink, start: Start, release: () => void): Stream {
    let { view, head, place } = start
    let listener: Listener | undefined
    let isClosed = false
    const detach = () => {
      if (listener) feed.audience.delete(listener)
      listener = undefined
    }
    const close = () => {
      if (isClosed) return
      isClosed = true
      detach()
      running.delete(self)
      release()
    }
    const end = (why: StreamEnd) => {
      if (isClosed) return
      close()
      sink.end(why)
    }
    const give = (told: readonly Told[]) => {
      sink.send(told)
      if (!sink.tellsReached) options.reached(view.agent, told)
    }
    const send = (told: readonly Told[]) => {
      if (told.length > 0) give(told)
    }

    /** True once there is nothing between the reader and what happens next. */
    function attach(): boolean {
      const rest = view.isOver ? undefined : feed.ring.after(place.pos)
      if (!rest || sizeOf(rest) > lowWater) return false
      const told: Told[] = []
      for (const entry of rest) {
        if (view.isOver) break
        before(view, entry)
        if (entry.delivery && wants(view, entry)) told.push(entry.delivery)
        after(view, entry)
        place = entry
      }
      send(told)
      if (view.isOver) return false
      const from = place.pos
      listener = {
        view,
        from,
        take(events) {
          give(events)
          if (sink.waiting() > backlog) end('slow_reader')
        },
      }
      feed.audience.add(listener)
      return true
    }

    async function catchUp(): Promise<void> {
      while (!isClosed) {
        const part = await reading(() => readOn(options, view, place, head))
        if (isClosed) return
        if (part) {
          place = part
          send(part.told)
          if (sink.waiting() > lowWater) await sink.drained()
        } else if (attach()) return
        else {
          const now = await look(db, asked, false)
          if ('over' in now) return end(now.over)
          ;({ view, head } = now)
        }
      }
    }
    const go = () =>
      void catchUp().catch((cause) => {
        options.failed(cause)
        end('internal')
      })
    const self: Running = {
      asked,
      end,
      again(entry) {
        if (!listener) return
        detach()
        place = entry
        go()
      },
    }
    running.add(self)
    setImmediate(go)
    return {
      cursor() {
        const newest = feed.newest()
        return listener && newest && newest.pos > listener.from ? newest.cursor : place.cursor
      },
      close,
    }
  }

  return {
    size: () => running.size,
    onAgent: feed.onAgent,
    hold: feed.hold,
    async open(reader, interest, sink) {
      if (isFinishing) throw new ProtocolError('unavailable', 'the server stops; connect again')
      const release = feed.hold()
      try {
        const asked = await ask(keys, reader, interest)
        return await opening(async () => {
          const now = await look(db, asked, true)
          if ('over' in now) throw new ProtocolError('key_revoked', 'this key is no longer the key of this agent')
          const place =
            interest.cursor === undefined
              ? placeOf(cursors, now.head)
              : await begin({ ...options, ring: feed.ring }, interest.cursor, now.head)
          return run(asked, sink, { ...now, place }, release)
        })
      } catch (cause) {
        release()
        throw cause
      }
    },
    async finish() {
      isFinishing = true
      await feed.catchUp()
      for (const one of running) one.end('going_away')
    },
  }
}
