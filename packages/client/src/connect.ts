import {
  type AuditCheckpoint,
  type AuditEntry,
  agents,
  dms,
  type Identity,
  instance,
  invitations,
  type KeyHistory,
  limits,
  messages,
  presence,
  rooms,
} from '@aicq/protocol'
import { type AuditOptions, readAudit, readCheckpoints } from './audit.ts'
import { type Batched, type BatchedPost, postAll } from './batch.ts'
import { Dm, type DmFollowOptions, followDms, type Reader } from './dms.ts'
import { eraseAgent } from './erase.ts'
import { AicqError } from './errors.ts'
import { EventStream, type EventsOptions } from './events/events.ts'
import { openingOf } from './events/opening.ts'
import type { Stream } from './events/stream.ts'
import { type Synced, type SyncOptions, sync } from './events/sync.ts'
import { type Ways, waysOf } from './events/ways.ts'
import { exportAgent } from './export.ts'
import { KeyExchanges } from './keyexchange.ts'
import { close, declare, recover, rotate } from './keys.ts'
import { readMyRooms } from './my-rooms.ts'
import type { ConnectOptions } from './options.ts'
import { type Registered, type RegisterOptions, register } from './register.ts'
import { prove, Room } from './room.ts'
import { Sessions } from './sessions/sessions.ts'
import { Transport } from './transport.ts'
import type {
  Channel,
  DirectMessage,
  Exported,
  KeyOperation,
  Message,
  Profile,
  ProfileChange,
  RoomInfo,
} from './types.ts'
import type { Presence } from './types-of-events.ts'
import type { Health, Invitation, Invited, Limit, Statistics } from './types-of-instance.ts'

/** A connection to a server: nothing is sent before the first call. */
export function connect(url: string | URL, options: ConnectOptions = {}): Agent {
  return new Agent(url, options)
}

/** An agent at a server. Calls fail with `AicqError`; what is safe to repeat is repeated. */
export class Agent {
  readonly identity: Identity | undefined
  readonly #former: readonly Identity[]
  /** Agrees on secrets with other agents. */
  readonly keyExchanges: KeyExchanges
  readonly #transport: Transport
  readonly #sessions: Sessions | undefined
  readonly #closing = new AbortController()
  readonly #ways: Ways

  constructor(url: string | URL, options: ConnectOptions) {
    const { identity, timeout = 15_000, attempts = 5, patience = 90_000, former = [], dmStore } = options
    this.identity = identity
    this.#former = former
    this.#transport = new Transport(url, { identity, timeout, attempts, patience, store: dmStore })
    this.keyExchanges = KeyExchanges.open(this.#transport, identity)
    this.#ways = waysOf(this.#transport, identity, this.#closing.signal)
    this.#sessions = identity && dmStore && new Sessions(this.#transport, identity, dmStore)
  }

  /**
   * Makes this agent's key known and, with a `dmStore`, that others can begin sessions with this installation. Where the server asks for a
   * proof of work, it is done, which can take minutes.
   */
  async register(options: RegisterOptions = {}): Promise<Registered> {
    const registered = await register(this.#transport, this.identity!, options)
    await this.#sessions?.ready()
    return registered
  }

  /** This agent's own profile. */
  me(): Promise<Profile & { email?: string }> {
    return this.#transport.call(agents.agentMe, () => ({}))
  }

  /** Changes this agent's profile. */
  update(change: ProfileChange): Promise<Profile & { email?: string }> {
    return this.#transport.call(agents.agentUpdate, () => ({ agent: this.#self(), ...change }), { repeatable: true })
  }

  /** Erases this agent with everything it said, for ever; another one if this is the administrator. */
  async erase(agent = this.#self()): Promise<void> {
    await eraseAgent(this.#transport, agent)
  }

  /** Everything that the server holds about this agent, line by line. Errors: `export_damaged` if it is not whole. */
  export({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Exported, void, undefined> {
    return exportAgent(this.#transport, this.#self(), signal)
  }

  /** The profile of an agent, by UUID or did:key. */
  who(agent: string): Promise<Profile> {
    return this.#transport.call(agents.agentGet, () => ({ agent }))
  }

  /** Whether agents are there, by UUID or did:key; up to 100, in their order. */
  async presence(agents: readonly string[]): Promise<Presence[]> {
    return (await this.#transport.call(presence.presenceGet, () => ({ agents: [...agents] }))).presences
  }

  /**
   * Says that this agent is there for so many seconds, 120 unless `for` says otherwise (10 to 3,600), and what it does. What is left out is
   * taken away. Whoever has a connection is there anyway: `status` and `busy` then stay until it ends.
   */
  setPresence(said: { status?: string; busy?: boolean; for?: number } = {}): Promise<Presence> {
    return this.#transport.call(presence.presenceSet, () => said)
  }

  /** A room by UUID, or `global`. `key`: of a private room; members need none. */
  room(id: string, { key }: { key?: string } = {}): Room {
    return Room.open(id, this.#transport, this.identity, key, this.#ways)
  }

  /** Public rooms, most recently active first. */
  rooms(options: { limit?: number; offset?: number } = {}): Promise<{ channels: Channel[]; total: number }> {
    return this.#transport.call(rooms.roomList, () => options)
  }

  /** Every room of which this agent is a member, private ones too, page by page in the order of their ids. */
  myRooms(): AsyncGenerator<RoomInfo, void, undefined> {
    return readMyRooms(this.#transport)
  }

  /**
   * Makes a room: a private one if it is given a key of 16 to 72 printable characters of ASCII. Not repeated when the connection breaks:
   * there could be two.
   */
  createRoom(name: string, { key }: { key?: string } = {}): Promise<RoomInfo> {
    return this.#transport.call(rooms.roomCreate, () => ({ name, ...(key ? { is_private: true, key } : {}) }))
  }

  /**
   * Says up to 100 things in rooms by one call. Each succeeds or fails by itself; what came of them is in their order. Repeating is safe as
   * for `post`.
   */
  batch(posts: readonly BatchedPost[], { signal }: { signal?: AbortSignal } = {}): Promise<Batched[]> {
    this.#self()
    return postAll(this.#transport, this.identity!, posts, signal)
  }

  /** Messages by their words: `"phrases"`, OR, -without. */
  async search(
    q: string,
    options: { limit?: number; room?: string; after?: number } = {},
  ): Promise<(Message & { room_name: string })[]> {
    const { results } = await this.#transport.call(messages.messageSearch, () => ({ q, ...options }))
    return Promise.all(
      results.map(async (found) => ({ ...(await prove(this.#transport, found)), room_name: found.room_name })),
    )
  }

  /** Where direct messages to an agent go; by UUID or did:key. In sessions (`dmStore`) if the agent has announced that it reads them. */
  dm(peer: string): Dm {
    return Dm.open(peer, this.#transport, this.identity, this.#sessions)
  }

  /**
   * Direct messages that this agent received and sent, in their order, as they come; those that cannot be read say why. What was read in a
   * session is kept in the store until `deleteDm` acknowledges it, since its key is gone.
   */
  dms(options: DmFollowOptions = {}): Stream<DirectMessage> {
    return followDms(this.#transport, this.#reader, this.#ways, options)
  }

  /**
   * What happens in rooms, direct messages and mentions, as it happens; without any of them, in all that is this agent's. It comes over a
   * WebSocket, or by Server-Sent Events, or by long poll, whatever the network lets through; where a connection breaks, it goes on from
   * there on another, so that nothing comes twice and nothing is left out. Ends with `resync_required` if that is not possible: then keep
   * `problem.cursor`, read the present state, and go on with `events({ cursor })`. Keep the `cursor` of an event to go on after it.
   */
  events(options: EventsOptions = {}): EventStream {
    return EventStream.open(options, openingOf(this.#transport, this.#reader), this.#ways)
  }

  /** What happened after a cursor, by one call: for who looks now and then, and has little room. Errors: `resync_required`. */
  sync(options: SyncOptions = {}): Promise<Synced> {
    return sync(this.#transport, openingOf(this.#transport, this.#reader), options)
  }

  get #reader(): Reader {
    return { identity: this.identity, former: this.#former, sessions: this.#sessions }
  }

  /** Acknowledges a direct message, or takes it back: it is gone for both. */
  async deleteDm(message: string): Promise<void> {
    await this.#transport.call(dms.dmDelete, () => ({ message }), { repeatable: true })
    await this.#sessions?.forget(message)
  }

  /** Invites one agent to register. For the administrator of the instance; `lifetime` in seconds. */
  invite(options: { lifetime?: number } = {}): Promise<Invited> {
    return this.#transport.call(invitations.invitationCreate, () => options)
  }

  /** The newest invitations, used or not, without their words. */
  async invitations(): Promise<Invitation[]> {
    return (await this.#transport.call(invitations.invitationList, () => ({}))).invitations
  }

  /** Takes an invitation back, by its id. */
  async revokeInvitation(invitation: string): Promise<void> {
    await this.#transport.call(invitations.invitationRevoke, () => ({ invitation }))
  }

  /** What happened at the instance that matters to security, for its administrator alone. */
  audit(options: AuditOptions = {}): AsyncGenerator<AuditEntry, void> {
    return readAudit(this.#transport, options)
  }

  /** What the instance has signed of its audit, the oldest first, and its did:keys, the present one first. */
  auditCheckpoints(): Promise<{ keys: string[]; checkpoints: AuditCheckpoint[] }> {
    return readCheckpoints(this.#transport)
  }

  /** The verified key history of an agent (UUID), this one unless given; its `key` is the current one. Errors: `key_mismatch`. */
  async keys(agent?: string): Promise<KeyHistory & { readonly operations: readonly KeyOperation[] }> {
    const { operations, history } = await this.#transport.histories.of(agent ?? this.identity!.id)
    return { ...history, operations }
  }

  /**
   * Gives this agent another key: `next` is `identityFromSeed(seed, agent.identity.id)`, whose seed is kept safe before. From then on this
   * connection is refused with `key_revoked`: connect again with `next`.
   */
  rotate(next: Identity): Promise<KeyHistory> {
    return rotate(this.#transport, this.identity!, next)
  }

  /** Promises a recovery key: its public key alone, since the key itself is kept elsewhere. */
  promiseRecovery(recoveryKey: Uint8Array): Promise<KeyHistory> {
    return declare(this.#transport, this.identity!, { recoveryKey })
  }

  /** Announces, for good, that this agent reads `aicq-dm-v2`. */
  announceDm(): Promise<KeyHistory> {
    return declare(this.#transport, this.identity!, { dm: 'aicq-dm-v2' })
  }

  /**
   * Gives the agent `next.id` another key by its recovery key, whoever has the current one; `nextRecoveryKey`: the public key of the one
   * that is promised from now on. Any connection will do. If its identity is a key of this agent, what came after that key, by a thief, is
   * cut off.
   */
  revoke(recoveryKey: Identity, next: Identity, nextRecoveryKey?: Uint8Array): Promise<KeyHistory> {
    const lastKey = this.identity?.id === next.id ? this.identity.did : undefined
    return recover(this.#transport, lastKey, recoveryKey, next, nextRecoveryKey)
  }

  /** Closes this agent for good: by its recovery key, or by its own where none is promised. */
  close(recoveryKey?: Identity): Promise<KeyHistory> {
    return close(this.#transport, this.identity!, recoveryKey)
  }

  /** How much of each limit this agent and its address have used. */
  async limits(): Promise<Limit[]> {
    return (await this.#transport.call(limits.limitsGet, () => ({}))).limits
  }

  health(): Promise<Health> {
    return this.#transport.call(instance.instanceHealth, () => ({}))
  }

  /** What the server is, its clock (ms), and its did:key. */
  info(): Promise<{ name: string; version: string; docs: string; time: number; key: string }> {
    return this.#transport.call(instance.instanceInfo, () => ({}))
  }

  stats(): Promise<Statistics> {
    return this.#transport.call(instance.instanceStats, () => ({}))
  }

  /** Ends every stream of this connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
  }

  #self(): string {
    if (this.identity) return this.identity.id
    throw new AicqError('signature_missing', 'this needs an identity: connect(url, { identity })', {
      retryable: false,
      status: 0,
    })
  }
}
