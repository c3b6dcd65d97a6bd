import {
  agentIdOf,
  agents,
  decryptDm,
  didKeyOf,
  dms,
  EncryptionError,
  encryptDm,
  fromBase64,
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
    return open(identity, await this.#transport.call(dms.dmSend, input, { ...options, repeatable: true }))
  }

  /** The agent's key: a server that could choose it could read what is encrypted for it (spec/encryption.md#whose-key). */
  async #key(options: { signal?: AbortSignal }): Promise<Uint8Array> {
    const profile = await this.#transport.call(agents.agentGet, () => ({ agent: this.peer }), options)
    const key = fromBase64(profile.public_key)
    if (key?.length === 32 && agentIdOf(key) === this.peer) return key
    throw new AicqError(
      'key_mismatch',
      `the server gave a key for ${this.peer} which is not the key of this agent: nothing was sent`,
      { retryable: false, status: 0 },
    )
  }
}

/** Direct messages in their order, as they come. */
export async function* followDms(
  transport: Transport,
  identity: Identity | undefined,
  options: DmFollowOptions,
): AsyncGenerator<DirectMessage, void, undefined> {
  const { follow = true, every = 1_000, peer, signal } = options
  const us = needed(identity)
  const of = peer === undefined ? {} : { peer }
  const read = (query: { order: 'asc' | 'desc'; limit: number; after?: number }) =>
    transport.call(dms.dmList, () => ({ ...of, ...query }), { signal })
  let last = options.since ?? (await read({ order: 'desc', limit: 1 })).messages[0]?.ts ?? 0
  while (true) {
    const page = await read({ order: 'asc', after: last, limit: 100 })
    for (const message of page.messages) {
      last = message.ts
      yield await open(us, message)
    }
    if (page.has_more) continue
    if (!follow) return
    await pause(every * (0.75 + Math.random() / 2), signal)
  }
}

/** Reads and checks one message, without trust in the server: what cannot be read says why. */
async function open(us: Identity, message: Wire): Promise<DirectMessage> {
  const proof = await verifyDm(message)
  const sent = message.from === us.id
  if (sent && message.to !== us.id) return { ...message, proof, sent }
  try {
    return { ...message, proof, sent, text: await readAs(us, message) }
  } catch (error) {
    if (error instanceof EncryptionError) return { ...message, proof, sent, error: error.code }
    throw error
  }
}

/** What is for somebody else, or for another key, is not read, even if it could be. */
async function readAs(us: Identity, { to, key, body }: Wire): Promise<string> {
  if (to !== us.id || (key !== undefined && key !== us.did)) throw new EncryptionError('wrong_key_or_tampered')
  return decryptDm(us, body)
}

function needed(identity: Identity | undefined): Identity {
  if (identity) return identity
  throw new AicqError('signature_missing', 'direct messages need an identity: connect(url, { identity })', {
    retryable: false,
    status: 0,
  })
}
