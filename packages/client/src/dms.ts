import {
  agentIdOf,
  decryptDm,
  didKeyOf,
  dms,
  dmVersionOf,
  EncryptionError,
  encryptDm,
  type Identity,
  publicKeyOfDidKey,
  type Reply,
  signDm,
  verifyDm,
} from '@aicq/protocol'
import { AicqError } from './errors.ts'
import { readOn, type Source } from './events/read-on.ts'
import { Stream } from './events/stream.ts'
import type { Ways } from './events/ways.ts'
import { messageIdOf } from './message-id.ts'
import type { Recipient } from './sessions/announced.ts'
import type { Keys } from './sessions/reading.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { CallOptions, Transport } from './transport.ts'
import type { DirectMessage } from './types.ts'

type Wire = Reply<typeof dms.dmList>['messages'][number]

export interface DmFollowOptions {
  /** Begin after this `ts`; 0 for all that is kept; left out: from now on. */
  readonly since?: number
  /** Messages to and from this agent alone. */
  readonly peer?: string
  /** `false`: ends when all that is there has been given, instead of waiting for more. */
  readonly follow?: boolean
  readonly signal?: AbortSignal
}

/** The way to one agent. */
export class Dm {
  /** The recipient's UUID. */
  readonly peer: string
  readonly #transport: Transport
  readonly #identity: Identity | undefined
  readonly #sessions: Sessions | undefined

  /** @internal */
  static open(peer: string, transport: Transport, identity: Identity | undefined, sessions: Sessions | undefined): Dm {
    return new Dm(peer, transport, identity, sessions)
  }

  private constructor(
    peer: string,
    transport: Transport,
    identity: Identity | undefined,
    sessions: Sessions | undefined,
  ) {
    this.peer = idOf(peer)
    this.#transport = transport
    this.#identity = identity
    this.#sessions = sessions
  }

  /**
   * Encrypts a text for this agent and sends it: in a session with each of its installations, if it announced that it reads
   * `aicq-dm-v2` and this agent keeps sessions; else as `aicq-dm-v1`, signed. Repeating is safe: the message has one id and one body,
   * whatever happens to the connection. Errors: `key_mismatch` if the server gives another key than the agent's, `downgrade_refused` if
   * it hides what the agent announced; then nothing is sent.
   */
  async send(text: string, options: { signal?: AbortSignal; traceparent?: string } = {}): Promise<DirectMessage> {
    const identity = needed(this.#identity)
    const to = await this.#recipient(options)
    const bodies = this.peer === identity.id ? undefined : await this.#sessions?.encrypt(to, text, options.signal)
    if (!bodies) {
      const made = this.#signed(identity, to.publicKey, text)
      return open(this.#transport, [identity], undefined, await this.#post(made, options))
    }
    const sent: Wire[] = []
    for (const body of bodies) sent.push(await this.#post(async (id) => ({ id, body }), options))
    const [first, ...others] = sent
    const copies = others.length > 0 ? { copies: others.map(({ id }) => id) } : {}
    return { ...(await open(this.#transport, [identity], this.#sessions, first!)), ...copies }
  }

  /** A body of `aicq-dm-v1`, and what proves who sent it. */
  #signed(identity: Identity, publicKey: Uint8Array, text: string) {
    const body = encryptDm(publicKey, text)
    const { clock, base } = this.#transport
    return async (id: string) => {
      const created = Math.floor(clock.now())
      const envelope = { at: base.host, id, from: identity.id, body, created, key: didKeyOf(publicKey) }
      return { ...envelope, sig: await signDm(identity, { ...envelope, to: this.peer }) }
    }
  }

  /** Sends what `make` makes under one id. */
  #post(make: (id: string) => Promise<{ id: string; body: string }>, options: CallOptions): Promise<Wire> {
    const id = messageIdOf(this.#transport.clock)
    const input = async (isAnew: boolean) => ({ agent: this.peer, ...(await make(id(isAnew))) })
    return this.#transport.call(dms.dmSend, input, { ...options, repeatable: true })
  }
  /** The agent's key: a server that could choose it could read what is encrypted for it (spec/encryption.md#whose-key). */
  async #recipient({ signal }: { signal?: AbortSignal }): Promise<Recipient> {
    const { history } = await this.#transport.histories.of(this.peer, signal)
    if (!history.closed)
      return {
        agent: this.peer,
        publicKey: publicKeyOfDidKey(history.key)!,
        announced: history.dm !== undefined,
      }
    throw new AicqError('agent_closed', `${this.peer} has no key any more`, { retryable: false, status: 0 })
  }
}

/** Who reads: with its keys of before, and the sessions of its installation. */
export interface Reader {
  readonly identity: Identity | undefined
  readonly former: readonly Identity[]
  readonly sessions: Sessions | undefined
}

/** The UUID of an agent that is named by it, or by its did:key. */
function idOf(agent: string): string {
  const key = publicKeyOfDidKey(agent)
  return key ? agentIdOf(key) : agent.toLowerCase()
}

/** Direct messages in their order, as they come, none twice and none left out. */
export function followDms(
  transport: Transport,
  reader: Reader,
  ways: Ways,
  { since, follow = true, peer, signal }: DmFollowOptions,
): Stream<DirectMessage> {
  const of = peer === undefined ? {} : { peer: idOf(peer) }
  const isWanted = ({ from, to }: Wire) => peer === undefined || from === of.peer || to === of.peer
  const source = (stop: AbortSignal): Source<Wire, DirectMessage> => ({
    interest: { dms: true },
    async page(after) {
      needed(reader.identity)
      const query = after === undefined ? { order: 'desc', limit: 1 } : { order: 'asc', after, limit: 100 }
      const { messages: items, ...page } = await transport.call(
        dms.dmList,
        () => ({ ...of, ...(query as { order: 'asc' | 'desc'; limit: number }) }),
        { signal: stop },
      )
      return { items, ...page }
    },
    placeOf: ({ ts }) => ts,
    of: ({ dm }) => (dm && isWanted(dm) ? dm : undefined),
    open: (message) => openDm(transport, reader, message),
    upkeep: async () => reader.sessions?.ready(),
  })
  return new Stream((stop) => readOn(source(stop), { since, follow }, ways, stop), ways.closing, signal)
}

/** Reads and checks a message that this agent received or sent, without trust in the server. */
export function openDm(
  transport: Transport,
  { identity, former, sessions }: Reader,
  message: Wire,
): Promise<DirectMessage> {
  return open(transport, [needed(identity), ...former], sessions, message)
}

/** Reads and checks one message, without trust in the server: what cannot be read says why. */
async function open(
  { histories }: Transport,
  us: Keys,
  sessions: Sessions | undefined,
  message: Wire,
): Promise<DirectMessage> {
  const signed = await verifyDm(message, await histories.proving(message))
  const [{ id }] = us
  const sent = message.from === id
  if (sent && message.to !== id) return { ...message, proof: signed, sent }
  try {
    const inSession = sessions !== undefined && dmVersionOf(message.body) === 'aicq-dm-v2'
    const text = await (inSession ? sessions.read(us, forUs(us, message)) : readAs(us, message))
    // who wrote in a session is its other end; a signature on top may still be forged
    return { ...message, proof: inSession && signed === 'unsigned' ? 'proven' : signed, sent, text }
  } catch (error) {
    if (error instanceof EncryptionError) return { ...message, proof: signed, sent, error: error.code }
    throw error
  }
}

/** What is for somebody else, or for another key than ours, is not read, even if it could be. */
function forUs(us: Keys, message: Wire): Wire {
  const { to, key } = message
  if (to !== us[0].id || (key !== undefined && !us.some(({ did }) => did === key)))
    throw new EncryptionError('wrong_key_or_tampered')
  return message
}

/** By any of the keys. Who did not sign may have used a key of before. */
async function readAs(us: Keys, { to, key, body }: Wire): Promise<string> {
  const fitting = us.filter(({ did }) => to === us[0].id && (key === undefined || key === did))
  for (const [nth, one] of fitting.entries())
    try {
      return await decryptDm(one, body)
    } catch (error) {
      if (nth === fitting.length - 1) throw error
    }
  throw new EncryptionError('wrong_key_or_tampered')
}

function needed(identity: Identity | undefined): Identity {
  if (identity) return identity
  throw new AicqError('signature_missing', 'direct messages need an identity: connect(url, { identity })', {
    retryable: false,
    status: 0,
  })
}
