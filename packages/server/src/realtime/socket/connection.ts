import type { Socket } from 'node:net'
import { type closeCodes, ProtocolError, sizes } from '@aicq/protocol'
import { pingFrame } from './frames.ts'
import type { NamedSocket } from './named-socket.ts'
import { Subscription } from './subscription.ts'

/** Where a connection comes from: what is kept of the request that opened it. */
export interface From {
  /** Its id. */
  readonly request: string
  readonly address: string
  /** X-Forwarded-For. */
  readonly forwarded: string | undefined
  /** Whom limits count it against; nothing for an address that meets none. */
  readonly counted: string | undefined
  /** The host and port that it was meant for. */
  readonly at: string
}

/** Who is at the other end. */
export interface Known {
  readonly id: string
  readonly did: string
  readonly keyVersion: number
}

/** Bytes of replies that may wait for the reader before the next one closes the connection. */
const backlog = 1024 * 1024
/** While more than this of replies waits, nothing more is read. */
const lowWater = 64 * 1024

/** A socket of a client. There are many that do nothing: what is not needed then is not there. */
export class Connection {
  readonly ws: NamedSocket
  readonly socket: Socket
  readonly from: From
  agent: Known | undefined
  /** did:key of a key that proved itself and may not be registered. */
  key: string | undefined
  challenge: string | undefined
  subscriptions: Map<string, Subscription> | undefined
  subscribed = 0
  /** Frames that wait for calls to be done: what was read at once, at most. */
  queue: Buffer[] | undefined
  /** The last call that goes to a place, by the place. */
  lanes: Map<string, Promise<unknown>> | undefined
  /** What is being answered: frames, and calls in them. */
  frames = 0
  calls = 0
  /** Bytes of replies that wait for the reader. */
  replies = 0
  isLeaving = false
  /** When something was heard, and how much had been then (spec/realtime.md#heartbeats). */
  heard = 0
  bytesRead = -1

  constructor(ws: NamedSocket, socket: Socket, from: From) {
    this.ws = ws
    this.socket = socket
    this.from = from
  }

  get isOpen(): boolean {
    return this.ws.readyState === this.ws.OPEN
  }

  /** Whether it has to wait until calls are done, or replies taken. */
  get isFull(): boolean {
    return this.calls >= sizes.callsOfSocket || this.replies > lowWater
  }

  /** Bytes of events that wait. */
  get waiting(): number {
    return Math.max(0, this.socket.writableLength - this.replies)
  }

  /** Writes whole frames as they are: `ws` writes its own at once, so that none comes between. */
  write(frames: Buffer): void {
    if (this.isOpen) this.socket.write(frames)
  }

  /** Sends a reply. `taken`: runs once the reader has taken it. */
  reply(text: string, taken: () => void): void {
    if (!this.isOpen) return
    if (this.replies > backlog) {
      this.end(4001)
      return
    }
    const bytes = Buffer.byteLength(text)
    this.replies += bytes
    this.ws.send(text, () => {
      this.replies -= bytes
      taken()
    })
  }

  /** Does what goes to the same place one after another, so that posts to a room get rising numbers. */
  inOrder<T>(lane: string | undefined, run: () => Promise<T>): Promise<T> {
    if (lane === undefined) return run()
    this.lanes ??= new Map()
    const own = this.lanes.get(lane)?.then(run, run) ?? run()
    this.lanes.set(lane, own)
    const done = () => {
      if (this.lanes?.get(lane) === own) this.lanes.delete(lane)
      if (this.lanes?.size === 0) this.lanes = undefined
    }
    own.then(done, done)
    return own
  }

  /** A place for a stream that tells of the presence of so many agents. Errors: `invalid_request`. */
  reserve(watched: number): Subscription {
    this.subscriptions ??= new Map()
    if (this.subscriptions.size >= sizes.subscriptions)
      throw new ProtocolError(
        'invalid_request',
        `a connection has ${sizes.subscriptions} subscriptions at most: end one, or open another connection`,
      )
    const all = [...this.subscriptions.values()].reduce((sum, one) => sum + one.watched, watched)
    if (all > sizes.presencesOfSocket)
      throw new ProtocolError(
        'invalid_request',
        `a connection tells of the presence of ${sizes.presencesOfSocket} agents at most: name fewer, or open another connection`,
      )
    const made = new Subscription(this, String(++this.subscribed), watched)
    this.subscriptions.set(made.id, made)
    return made
  }

  /** Asks whether anybody is there, and says how far the log is. */
  beat(): void {
    this.write(pingFrame)
    for (const subscription of this.subscriptions?.values() ?? []) {
      const news = subscription.news()
      if (news) this.write(news)
    }
  }

  /** Lets what is being answered be answered, and ends. */
  leave(): void {
    this.isLeaving = true
    this.queue = undefined
    if (this.frames === 0) this.end(1001)
  }

  end(code: keyof typeof closeCodes): void {
    if (!this.isOpen) return
    this.closeStreams()
    this.queue = undefined
    // the other end says good-bye too
    this.ws.resume()
    this.ws.close(code)
  }

  closeStreams(): void {
    for (const { stream } of this.subscriptions?.values() ?? []) stream?.close()
    this.subscriptions = undefined
  }
}
