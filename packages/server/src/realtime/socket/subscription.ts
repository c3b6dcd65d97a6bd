import type { Delivery, Sink, Stream, StreamEnd } from '../streams.ts'
import type { Connection } from './connection.ts'
import { eventFrames, notification, textFrame } from './frames.ts'

const codes = { slow_reader: 4001, key_revoked: 4002, agent_erased: 4003, internal: 1011 } as const

/** A stream's way into a connection. */
export class Subscription implements Sink {
  readonly connection: Connection
  readonly id: string
  /** Of how many agents it tells the presence. */
  readonly watched: number
  /** Nothing while it is about to open. */
  stream: Stream | undefined
  /** The cursor that was told last, but for events. */
  told: string | undefined

  constructor(connection: Connection, id: string, watched: number) {
    this.connection = connection
    this.id = id
    this.watched = watched
  }

  send(events: readonly Delivery[]): void {
    this.connection.write(eventFrames(this.id, events))
  }

  /** The frame that says how far the log is, if it has gone on. */
  news(): Buffer | undefined {
    const cursor = this.stream?.cursor()
    if (cursor === this.told) return undefined
    this.told = cursor
    return textFrame(notification('cursor', { subscription: this.id, cursor }))
  }

  waiting(): number {
    return this.connection.waiting
  }

  drained(): Promise<void> {
    const { socket } = this.connection
    return new Promise((resolve) => {
      if (!socket.writableNeedDrain || socket.destroyed) return resolve()
      const done = () => {
        socket.off('drain', done).off('close', done)
        resolve()
      }
      socket.on('drain', done).on('close', done)
    })
  }

  end(why: StreamEnd): void {
    if (why === 'going_away') this.connection.leave()
    else this.connection.end(codes[why])
  }
}
