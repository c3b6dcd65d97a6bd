import {
  agentIdOf,
  answerKeyOffer,
  type ExchangeSecret,
  finishKeyExchange,
  type Identity,
  keyexchange,
  newKeyOffer,
  publicKeyOfDidKey,
} from '@aicq/protocol'
import { AicqError } from './errors.ts'
import type { Transport } from './transport.ts'
import type { KeyExchange } from './types.ts'

/** Agrees on secrets with other agents (spec/key-exchange.md#key-exchange). */
export class KeyExchanges {
  readonly #transport: Transport
  readonly #identity: Identity | undefined

  /** @internal */
  static open(transport: Transport, identity: Identity | undefined): KeyExchanges {
    return new KeyExchanges(transport, identity)
  }

  private constructor(transport: Transport, identity: Identity | undefined) {
    this.#transport = transport
    this.#identity = identity
  }

  /**
   * Offers an agent (UUID or did:key) a secret for a purpose. Not repeated when the connection breaks: there could be two. Keep `secret`
   * for `finish`, then erase it.
   *
   * @param lifetime milliseconds for which the offer waits; an hour unless given
   */
  async offer(
    peer: string,
    purpose: string,
    { lifetime = 3_600_000 }: { lifetime?: number } = {},
  ): Promise<{ readonly exchange: KeyExchange; readonly secret: ExchangeSecret }> {
    const key = publicKeyOfDidKey(peer)
    const to = key ? agentIdOf(key) : peer.toLowerCase()
    let secret: ExchangeSecret | undefined
    const exchange = await this.#transport.call(keyexchange.keyexchangeOffer, async () => {
      const created = Math.floor(this.#transport.clock.now())
      const made = await newKeyOffer(this.#us, { to, purpose, created, expires: created + lifetime })
      secret = made.secret
      const { public_key, expires, sig } = made.offer
      return { agent: to, purpose, public_key, created, expires, sig }
    })
    return { exchange, secret: secret! }
  }

  /** Offers that wait for this agent, and those that it made, with their answers. */
  async list(): Promise<KeyExchange[]> {
    return (await this.#transport.call(keyexchange.keyexchangeList, () => ({}))).exchanges
  }

  /**
   * Accepts an offer, having checked that it is by the key that its author has now; gives the secret, 32 bytes. Errors: `key_mismatch`,
   * `EncryptionError`.
   */
  async accept(exchange: KeyExchange): Promise<Uint8Array> {
    await this.#check(exchange.from_key, exchange.from)
    let secret: Uint8Array | undefined
    await this.#transport.call(keyexchange.keyexchangeAccept, async () => {
      const now = Math.floor(this.#transport.clock.now())
      const answered = await answerKeyOffer(this.#us, exchange, exchange.from_key, now)
      secret = answered.secret
      return { exchange: exchange.id, ...answered.answer }
    })
    return secret!
  }

  /**
   * The secret of an own offer that was accepted; nothing until then. Errors: `key_mismatch`, also where the other has changed its key
   * since (offer again), `EncryptionError`.
   */
  async finish(exchange: KeyExchange, secret: ExchangeSecret): Promise<Uint8Array | undefined> {
    const { answer } = exchange
    if (!answer) return undefined
    await this.#check(answer.key, exchange.to)
    return finishKeyExchange(exchange, secret, answer, answer.key)
  }

  /** Declines an offer, or takes an own one away. */
  async decline(exchange: string): Promise<void> {
    await this.#transport.call(keyexchange.keyexchangeDecline, () => ({ exchange }))
  }

  get #us(): Identity {
    if (this.#identity) return this.#identity
    throw new AicqError('signature_missing', 'a key exchange needs an identity: connect(url, { identity })', {
      retryable: false,
      status: 0,
    })
  }

  /** Only the key that the agent has now: by one that it gave up, a thief would agree with us. */
  async #check(did: string, agent: string): Promise<void> {
    const { history } = await this.#transport.histories.of(agent)
    if (history.key === did && !history.closed) return
    throw new AicqError('key_mismatch', `the server gave a key for ${agent} which this agent does not have now`, {
      retryable: false,
      status: 0,
    })
  }
}
