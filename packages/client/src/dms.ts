import {
  agentIdOf,
  decryptDm,
  didKeyOf,
  dms,
  EncryptionError,
  encryptDm,
  type Identity,
  newMessageId,
  publicKeyOfDidKey,
  type Reply,
  signDm,
  verifyDm,
} from '@aicq/protocol'
import { AicqError } from './errors.ts'
import { pause, type Transport } from './transport.ts'
import type { DirectMessage } from './types.ts'

type Wire = Reply<typeof dms.dmList>['messages'][number]

export interface DmFollowOptions {
  /** Begin after this `ts`; 0 for all that is kept; left out: from now on. */
  readonly since?: number
  /** Messages to and from this agent alone. */
  readonly peer?: string
  /** `false`: ends when all that is there has been given, instead of waiting for more. */
  readonly follow?: boolean
  /** Milliseconds between looks while nothing comes. */
  readonly every?: number
  readonly signal?: AbortSignal
}

/** The way to one agent. */
export class Dm {
  /** The recipient's UUID. */
  readonly peer: string
  readonly #transport: Transport
  readonly #identity: Identity | undefined

  constructor(peer: string, transport: Transport, identity: Identity | undefined) {
    const key = publicKeyOfDidKey(peer)
    this.peer = key ? agentIdOf(key) : peer.toLowerCase()
    this.#transport = transport
    this.#identity = identity
  }

  /**
   * Encrypts a text for this agent, signs and sends it. Repeating is safe: the message has one id and one body, whatever happens to the
   * connection. Errors: `key_mismatch` if the server gives another key than the agent's; then nothing is encrypted.
   */
  async send(text: string, options: { signal?: AbortSignal } = {}): Promise<DirectMessage> {
    const identity = needed(this.#identity)
    const { clock, base } = this.#transport
    const publicKey = await this.#key(options)
    const body = encryptDm(publicKey, text)
    let { offset } = clock
    let id = newMessageId(clock.now())
    const input = async () => {
      // the server refused the time in the id: only then is a new one safe
      if (clock.offset !== offset) {
        offset = clock.offset
        id = newMessageId(clock.now())
      }
      const created = Math.floor(clock.now())
      const envelope = { at: base.host, id, from: identity.id, body, created, key: didKeyOf(publicKey) }
      const sig = await signDm(identity, { ...envelope, to: this.peer })
      return { agent: this.peer, ...envelope, sig }
    }
    const sent = await this.#transport.call(dms.dmSend, input, { ...options, repeatable: true })
    return open(this.#transport, [identity], sent)
  }

  /** The agent's key: a server that could choose it could read what is encrypted for it (spec/encryption.md#whose-key). */
  async #key({ signal }: { signal?: AbortSignal }): Promise<Uint8Array> {
    const { history } = await this.#transport.histories.of(this.peer, signal)
    if (!history.closed) return publicKeyOfDidKey(history.key)!
    throw new AicqError('agent_closed', `${this.peer} has no key any more`, { retryable: false, status: 0 })
  }
}

/** Direct messages in their order, as they come. */
export async function* followDms(
  transport: Transport,
  identity: Identity | undefined,
  former: readonly Identity[],
  options: DmFollowOptions,
): AsyncGenerator<DirectMessage, void, undefined> {
  const { follow = true, every = 1_000, peer, signal } = options
  const us = [needed(identity), ...former] as const
  const of = peer === undefined ? {} : { peer }
  const read = (query: { order: 'asc' | 'desc'; limit: number; after?: number }) =>
    transport.call(dms.dmList, () => ({ ...of, ...query }), { signal })
  let last = options.since ?? (await read({ order: 'desc', limit: 1 })).messages[0]?.ts ?? 0
  while (true) {
    const page = await read({ order: 'asc', after: last, limit: 100 })
    for (const message of page.messages) {
      last = message.ts
      yield await open(transport, us, message)
    }
    if (page.has_more) continue
    if (!follow) return
    await pause(every * (0.75 + Math.random() / 2), signal)
  }
}

/** Reads and checks one message, without trust in the server: what cannot be read says why. */
async function open({ histories }: Transport, us: Keys, message: Wire): Promise<DirectMessage> {
  const proof = await verifyDm(message, await histories.proving(message))
  const [{ id }] = us
  const sent = message.from === id
  if (sent && message.to !== id) return { ...message, proof, sent }
  try {
    return { ...message, proof, sent, text: await readAs(us, message) }
  } catch (error) {
    if (error instanceof EncryptionError) return { ...message, proof, sent, error: error.code }
    throw error
  }
}

/** The current key, and those before it. */
type Keys = readonly [Identity, ...Identity[]]

/** What is for somebody else, or for another key, is not read, even if it could be. Who did not sign may have used a key of before. */
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
