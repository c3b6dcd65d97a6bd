import { ProtocolError } from '@aicq/protocol'
import type { Agents } from '../agents/access.ts'
import type { Cursors } from '../events/cursor.ts'
import type { Presences } from '../presence/access.ts'
import type { RoomKeys } from '../rooms/access.ts'
import type { openTurns } from '../turns.ts'
import { begin, placeOf } from './begin.ts'
import { ask, look } from './look.ts'
import type { Reached } from './reached.ts'
import { type Reading, readOn } from './reading.ts'
import { type Course, Running } from './running.ts'
import type { StreamEnd, Streams } from './streams.ts'
import { toldPresence } from './told-presence.ts'

export interface StreamOptions extends Reading {
  readonly cursors: Cursors
  readonly agents: Agents
  readonly keys: RoomKeys
  readonly presences: Pick<Presences, 'watch'>
  /** Milliseconds that events are kept. */
  readonly eventRetention: number
  readonly turns: ReturnType<typeof openTurns>
  /** Told of what went out to whom. */
  readonly reached: Reached
  /** Told why a stream ends that its reader did not close. */
  ended(why: StreamEnd): void
  /** Told of a stream that failed. */
  failed(cause: unknown): void
}

/** Streams from a cursor on: what was missed first, as fast as the reader takes it, then what happens, as it happens. */
export function openStreams(options: StreamOptions): Streams & { readonly size: () => number } {
  const { db, feed, keys, cursors, agents, presences, turns } = options
  const [opening, reading] = [turns(2), turns(2)]
  const running = new Map<Running, () => void>()
  let isFinishing = false
  const course: Course = {
    ...options,
    readOn: (view, place, head) => reading(() => readOn(options, view, place, head)),
    closed(stream) {
      running.get(stream)?.()
      running.delete(stream)
    },
  }

  feed.onAgent((agent, what, { pos, at, cursor }) => {
    for (const one of running.keys()) {
      const { agent: own } = one.asked.reader
      if (own?.id !== agent) continue
      if (what === 'erased') one.end('agent_erased')
      else
        agents.isCurrent(own).then(
          (isCurrent) => (isCurrent ? one.again({ pos, at, cursor }) : one.end('key_revoked')),
          () => one.end('internal'),
        )
    }
  })

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
          const { view, head } = now
          const place =
            interest.cursor === undefined
              ? placeOf(cursors, head)
              : await begin({ ...options, ring: feed.ring }, interest.cursor, head)
          const stream = new Running(course, asked, sink, view, head, place)
          const unwatch =
            interest.presence &&
            (await presences.watch(interest.presence, (presence) => {
              if (running.has(stream)) stream.take([toldPresence(presence, stream.cursor(), options.now())])
            }))
          running.set(stream, () => {
            unwatch?.()
            release()
          })
          setImmediate(() => stream.go())
          return stream
        })
      } catch (cause) {
        release()
        throw cause
      }
    },
    async finish() {
      isFinishing = true
      await feed.catchUp()
      for (const one of running.keys()) one.end('going_away')
    },
  }
}
