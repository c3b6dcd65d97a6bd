import {
  type Accepted,
  acceptSession,
  type Bundle,
  decryptInSession,
  encryptInSession,
  type Identity,
  identityFromSeed,
  newPrekey,
  newSeed,
  type Party,
  type Prekey,
  type PrekeyPurpose,
  type PrekeySecret,
  plainText,
  type Session,
  startSession,
} from '../../index.ts'

export const now = 1_790_000_000_000

/** An installation as a client would be one: it keeps its session as JSON, and every state that it takes out is frozen. */
export class End {
  readonly us: { readonly identity: Identity; readonly installation: string }
  readonly party: Party
  readonly secrets = new Map<string, PrekeySecret>()
  private kept = ''

  constructor(identity: Identity) {
    const installation = crypto.randomUUID()
    this.us = { identity, installation }
    this.party = { agent: identity.id, installation, publicKey: identity.publicKey }
  }

  get session(): Session {
    return frozen(JSON.parse(this.kept))
  }

  set session(session: Session) {
    this.kept = JSON.stringify(session)
  }

  async publish(purpose: PrekeyPurpose): Promise<Prekey> {
    const { identity, installation } = this.us
    const { prekey, secret } = await newPrekey(identity, { purpose, installation, created: now, expires: now + 1_000 })
    this.secrets.set(secret.id, secret)
    return prekey
  }

  async bundle(): Promise<Required<Bundle>> {
    return { signed: await this.publish('signed'), one_time: await this.publish('one-time') }
  }

  async begin(peer: End): Promise<void> {
    this.session = await startSession(this.us, peer.party, await peer.bundle(), now)
  }

  send(text: string): string {
    const { session, body } = encryptInSession(this.session, text)
    this.session = session
    return body
  }

  async accept(peer: End, body: string): Promise<Accepted> {
    const accepted = await acceptSession(this.us, peer.party, (id) => this.secrets.get(id), body)
    if (accepted.spent) this.secrets.delete(accepted.spent)
    this.session = accepted.session
    return accepted
  }

  read(body: string): string {
    const { session, bytes } = decryptInSession(this.session, body)
    this.session = session
    return plainText(bytes)
  }
}

export const newEnd = async (): Promise<End> => new End(await identityFromSeed(newSeed()))

/** Two ends in the middle of a session. */
export async function talking(): Promise<readonly [End, End]> {
  const [ada, bob] = [await newEnd(), await newEnd()]
  await ada.begin(bob)
  await bob.accept(ada, ada.send('hello'))
  ada.read(bob.send('hello yourself'))
  return [ada, bob]
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    Object.values(value).forEach(frozen)
  }
  return value
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
