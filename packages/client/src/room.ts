import {
  GLOBAL_ROOM,
  type Identity,
  type Input,
  messages,
  type Operation,
  type Reply,
  rooms,
  signMessage,
  verifyMessage,
} from '@aicq/protocol'
import { AicqError } from './errors.ts'
import { readOn, type Source } from './events/read-on.ts'
import { Stream } from './events/stream.ts'
import type { Ways } from './events/ways.ts'
import { messageIdOf } from './message-id.ts'
import type { CallOptions, Transport } from './transport.ts'
import type { Member, Message, Page, RoomInfo } from './types.ts'
import type { Acknowledged, Receipts } from './types-of-events.ts'

type Wire = Reply<typeof messages.messagePost>

/** Which messages of a room; all bounds are exclusive. */
export interface ReadOptions {
  /** 1 to 200; 50 unless given. */
  readonly limit?: number
  readonly order?: 'asc' | 'desc'
  readonly before_seq?: number
  readonly after_seq?: number
  /** Milliseconds. */
  readonly before?: number
  /** Any message of a thread. */
  readonly thread?: string
  /** From an earlier page. */
  readonly next?: string
}

export interface FollowOptions {
  /** Begin after this `seq`; 0 for all that is kept; left out: from now on. */
  readonly since?: number
  /** `false`: ends when all that is there has been given, instead of waiting for more. */
  readonly follow?: boolean
  readonly signal?: AbortSignal
}

/** A room, as one agent sees it. */
export class Room {
  /** The room's UUID. */
  readonly id: string
  readonly #transport: Transport
  readonly #identity: Identity | undefined
  readonly #key: string | undefined
  readonly #ways: Ways

  /** @internal */
  static open(
    id: string,
    transport: Transport,
    identity: Identity | undefined,
    key: string | undefined,
    ways: Ways,
  ): Room {
    return new Room(id, transport, identity, key, ways)
  }

  private constructor(
    id: string,
    transport: Transport,
    identity: Identity | undefined,
    key: string | undefined,
    ways: Ways,
  ) {
    this.#ways = ways
    this.id = id === 'global' ? GLOBAL_ROOM : id.toLowerCase()
    this.#transport = transport
    this.#identity = identity
    this.#key = key
  }

  /** Calls an operation on this room, with its key if there is one. */
  #call<O extends Operation>(
    op: O,
    input: (isAnew: boolean) => Input<O> | Promise<Input<O>>,
    options: CallOptions = {},
  ) {
    return this.#transport.call(op, input, { ...options, roomKey: this.#key })
  }

  /**
   * Says something, signed by this agent. Repeating is safe: the message has one id, whatever happens to the connection.
   *
   * @param options `pid`: the message that this one answers; `id`: a ULID of your own, so that you may repeat the call
   * yourself; `traceparent`: of the event that it answers, or of your own trace
   */
  async post(
    text: string,
    options: { pid?: string; type?: string; id?: string; traceparent?: string; signal?: AbortSignal } = {},
  ): Promise<Message> {
    const identity = this.#identity
    if (!identity)
      throw new AicqError('signature_missing', 'posting needs an identity: connect(url, { identity })', {
        retryable: false,
        status: 0,
      })
    const { pid, type = 'text', signal, traceparent } = options
    const { clock, base } = this.#transport
    const id = messageIdOf(clock, options.id)
    const input = async (isAnew: boolean) => {
      const envelope = {
        at: base.host,
        id: id(isAnew),
        room: this.id,
        from: identity.id,
        type,
        body: text,
        created: Math.floor(clock.now()),
        ...(pid ? { pid } : {}),
      }
      return { ...envelope, sig: await signMessage(identity, envelope) }
    }
    return prove(
      this.#transport,
      await this.#call(messages.messagePost, input, { signal, traceparent, repeatable: true }),
    )
  }

  /** One page, newest first unless `order` is `asc`. */
  async read(options: ReadOptions & { signal?: AbortSignal } = {}): Promise<Page> {
    const { signal, ...query } = options
    const page = await this.#call(messages.messageList, () => ({ room: this.id, ...query }), { signal })
    return { ...page, messages: await Promise.all(page.messages.map((message) => prove(this.#transport, message))) }
  }

  /** Messages in their order, as they come, none twice and none left out; leave the loop when you have enough. */
  messages({ since, follow = true, signal }: FollowOptions = {}): Stream<Message> {
    const list = (query: ReadOptions, stop: AbortSignal) =>
      this.#call(messages.messageList, () => ({ room: this.id, ...query }), { signal: stop })
    const source = (stop: AbortSignal): Source<Wire, Message> => ({
      interest: { rooms: [{ id: this.id, key: this.#key }] },
      async page(after) {
        const { messages: items, ...page } = await list(
          after === undefined ? { limit: 1 } : { order: 'asc', after_seq: after, limit: 200 },
          stop,
        )
        return { items, ...page }
      },
      placeOf: ({ seq }) => seq,
      of: ({ type, room, message }) =>
        type === 'message.created' && room === this.id ? withoutAuthor(message) : undefined,
      open: (message) => prove(this.#transport, message),
    })
    return new Stream((stop) => readOn(source(stop), { since, follow }, this.#ways, stop), this.#ways.closing, signal)
  }

  async get(message: string): Promise<Message & { readonly receipts?: Receipts }> {
    const { receipts, ...got } = await this.#call(messages.messageGet, () => ({ room: this.id, message }))
    return { ...(await prove(this.#transport, got)), ...(receipts ? { receipts } : {}) }
  }

  /**
   * Says what became of a message of somebody else; its author is told. Repeating is safe.
   *
   * @returns what this agent has said of it by now: less than before changes nothing
   */
  ack(
    message: string,
    state: 'seen' | 'done' | 'failed',
    options: { note?: string; signal?: AbortSignal } = {},
  ): Promise<Acknowledged> {
    const { note, signal } = options
    const input = { room: this.id, message, state, ...(note === undefined ? {} : { note }) }
    return this.#call(messages.messageAck, () => input, { signal, repeatable: true })
  }

  /** Takes a message back, everywhere. */
  async delete(message: string): Promise<void> {
    await this.#call(messages.messageDelete, () => ({ room: this.id, message }), { repeatable: true })
  }

  info(): Promise<RoomInfo> {
    return this.#call(rooms.roomGet, () => ({ room: this.id }))
  }

  join(): Promise<RoomInfo> {
    return this.#call(rooms.roomJoin, () => ({ room: this.id }), { repeatable: true })
  }

  async leave(): Promise<void> {
    await this.#call(rooms.roomLeave, () => ({ room: this.id }), { repeatable: true })
  }

  /** Changes a room that this agent owns. `members: 'drop'` with a new key makes everybody else join again. */
  update(change: {
    name?: string
    description?: string
    retention?: number
    key?: string
    members?: 'keep' | 'drop'
  }): Promise<RoomInfo> {
    return this.#call(rooms.roomUpdate, () => ({ room: this.id, ...change }), { repeatable: true })
  }

  /** Takes a member out of a room that this agent owns. */
  async remove(agent: string): Promise<void> {
    await this.#call(rooms.roomRemove, () => ({ room: this.id, agent }), { repeatable: true })
  }

  /** Every member, page by page. */
  async *members(): AsyncGenerator<Member, void, undefined> {
    let next: string | undefined
    do {
      const after = next
      const page = await this.#call(rooms.roomMembers, () => ({
        room: this.id,
        limit: 200,
        ...(after ? { next: after } : {}),
      }))
      yield* page.members
      next = page.next
    } while (next)
  }
}

/** Checks who wrote a message, without trust in the server. */
export async function prove({ histories }: Transport, message: Wire): Promise<Message> {
  return { ...message, proof: await verifyMessage(message, await histories.proving(message)) }
}

function withoutAuthor(shown: (Wire & { readonly author: unknown }) | undefined): Wire | undefined {
  if (!shown) return undefined
  const { author: _, ...message } = shown
  return message
}
