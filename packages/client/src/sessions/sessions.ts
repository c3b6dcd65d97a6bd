import { didKeyOf, encryptInSession, type Identity, type Prekey, prekeys, startSession } from '@aicq/protocol'
import type { Transport } from '../transport.ts'
import { announcesV2, announceV2, type Recipient } from './announced.ts'
import { readInstallation } from './installation.ts'
import { keepPrekeys } from './prekeys.ts'
import { type Keys, type Received, readReceived } from './reading.ts'
import { readPeer, readSession, sessionChange, textName } from './state.ts'
import type { DmStore, Kept } from './store.ts'

/** Milliseconds after which an installation looks again whether its prekeys are in order. */
const lookEvery = 3_600_000

/** The sessions of one installation (spec/encryption.md#aicq-dm-v2): what encrypts and reads, state kept first. */
export class Sessions {
  readonly #transport: Transport
  readonly #identity: Identity
  readonly #store: DmStore
  #looked = Number.NEGATIVE_INFINITY

  constructor(transport: Transport, identity: Identity, store: DmStore) {
    this.#transport = transport
    this.#identity = identity
    this.#store = store
  }

  /** Makes sure, from time to time, that others can begin sessions with this installation. */
  async ready(): Promise<void> {
    if (performance.now() < this.#looked + lookEvery) return
    await keepPrekeys(this.#transport, this.#identity, this.#store)
    await announceV2(this.#transport, this.#identity)
    this.#looked = performance.now()
  }

  /**
   * Encrypts a text for each installation of an agent; nothing if it never announced `aicq-dm-v2`. What comes back may be sent: its keys
   * are used up, whatever becomes of it. Errors: `downgrade_refused`, those of `EncryptionError`.
   */
  async encrypt(to: Recipient, text: string, signal?: AbortSignal): Promise<string[] | undefined> {
    await this.ready()
    const transport = this.#transport
    const { installations } = await transport.call(prekeys.prekeysList, () => ({ agent: to.agent }), { signal })
    const now = transport.clock.now()
    if (!(await this.#store.exclusively((kept) => announcesV2(kept, to, installations, now)))) return undefined
    const bodies: string[] = []
    for (const { installation } of installations) bodies.push(await this.#encryptFor(to, installation, text, signal))
    return bodies
  }

  async #encryptFor(to: Recipient, installation: string, text: string, signal?: AbortSignal): Promise<string> {
    const inSession = await this.#store.exclusively((kept) => this.#inSession(kept, to, installation, text))
    if (inSession !== undefined) return inSession
    const ask = () => ({ agent: to.agent, installation })
    const bundle = await this.#transport.call(prekeys.prekeysTake, ask, { signal })
    return this.#store.exclusively(
      async (kept) =>
        (await this.#inSession(kept, to, installation, text)) ?? this.#begin(kept, to, installation, bundle, text),
    )
  }

  /** In the session with an installation that was used last, if one can go on. */
  async #inSession(kept: Kept, to: Recipient, installation: string, text: string): Promise<string | undefined> {
    const peer = await readPeer(kept, to.agent)
    const key = didKeyOf(to.publicKey)
    const now = this.#transport.clock.now()
    const place = peer?.sessions.findLast(
      (one) =>
        one.installation === installation &&
        one.key === key &&
        !one.broken &&
        now < (one.until ?? Number.POSITIVE_INFINITY),
    )
    const session = place && (await readSession(kept, place.id))
    if (!session) return undefined
    const next = encryptInSession(session, text)
    await kept.write(sessionChange(peer, next.session, place))
    return next.body
  }

  async #begin(
    kept: Kept,
    to: Recipient,
    installation: string,
    bundle: { readonly signed: Prekey; readonly one_time?: Prekey },
    text: string,
  ): Promise<string> {
    const { ours } = await readInstallation(kept, this.#identity)
    const us = { identity: this.#identity, installation: ours.installation }
    const begun = await startSession(us, { ...to, installation }, bundle, this.#transport.clock.now())
    const { session, body } = encryptInSession(begun, text)
    const until = bundle.signed.expires
    await kept.write(sessionChange(await readPeer(kept, to.agent), session, { until }))
    return body
  }

  /**
   * Reads what was received, once; then the text is kept until it is acknowledged. `us`: our present key and those before it. Errors:
   * those of `EncryptionError`.
   */
  async read(us: Keys, message: Received): Promise<string> {
    const author = await this.#transport.histories.keyOf(message.from_key, message.from)
    return this.#store.exclusively((kept) => readReceived(kept, us, message, author))
  }

  /** Erases the text of a message that was acknowledged. */
  async forget(message: string): Promise<void> {
    await this.#store.exclusively((kept) => kept.write({ [textName(message)]: undefined }))
  }
}
