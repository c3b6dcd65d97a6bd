import { concatBytes } from '@noble/hashes/utils.js'
import { fromBase64, toBase64 } from '../base64.ts'
import type { Identity } from '../identity.ts'
import { didKeyOf } from '../ids.ts'
import { plainBytes, writeBody } from './body.ts'
import { readDmV2, writeStart } from './dm-v2-wire.ts'
import { EncryptionError } from './errors.ts'
import { writeOpening } from './opening.ts'
import type { PrekeyPurpose, PrekeySecret } from './prekeys.ts'
import { type RatchetState, ratchetDecrypt, ratchetEncrypt, ratchetOfInitiator, ratchetOfResponder } from './ratchet.ts'
import { type Agreement, accept, type Bundle, initiate, type Party } from './x3dh.ts'
import { type NewSecret, randomSecret, type X25519KeyPair, x25519KeyPair } from './x25519.ts'

/**
 * One end of a session between two installations: plain JSON that the caller keeps, under its id. A step gives a new one; the caller
 * keeps that before it sends or shows what came with it, and forgets the old one (spec/encryption.md#sessions).
 */
export interface Session {
  readonly form: 'aicq-dm-v2'
  /** 32 hexadecimal digits, the same at both ends. */
  readonly id: string
  /** Whoever can write in this session, whatever a server says. `key`: did:key. */
  readonly peer: { readonly agent: string; readonly installation: string; readonly key: string }
  /** Base64: goes with every message as associated data. */
  readonly associated: string
  /** Base64: goes with every message until the first answer. */
  readonly opening?: string
  readonly ratchet: RatchetState
}

interface Installation {
  readonly identity: Identity
  /** Its UUID. */
  readonly installation: string
}

/**
 * Begins a session; nothing is sent yet. `peer.publicKey` is the peer's identity key: the caller has compared it with the peer's id or
 * its signed history of keys. Errors: those of `initiate`.
 *
 * @param now milliseconds
 */
export async function startSession(
  us: Installation,
  peer: Party,
  bundle: Bundle,
  now: number = Date.now(),
  newSecret: NewSecret = randomSecret,
): Promise<Session> {
  const { opening, theirPrekey, ...agreement } = await initiate(us, peer, bundle, now, newSecret)
  const ratchet = ratchetOfInitiator(agreement.secret, theirPrekey, newSecret)
  return { ...sessionOf(agreement, peer), opening: toBase64(writeOpening(opening)), ratchet }
}

/** The next message. Errors: `not_utf8`, `too_long` (5,966 bytes can be sent before the first answer, then 6,062). */
export function encryptInSession(
  session: Session,
  text: string | Uint8Array,
): { readonly session: Session; readonly body: string } {
  const start = writeStart(session.id, session.opening === undefined ? undefined : fromBase64(session.opening))
  const associated = concatBytes(fromBase64(session.associated)!, start)
  const { state, message } = ratchetEncrypt(session.ratchet, plainBytes(text), associated)
  return { session: { ...session, ratchet: state }, body: writeBody(concatBytes(start, message)) }
}

/** What a message was, and the session after it. `plainText` makes a text of the bytes. */
export interface Decrypted {
  readonly session: Session
  readonly bytes: Uint8Array
}

/**
 * Reads a message of a session; `readDmV2(body).session` says of which. When it fails, it throws, and the session that was given is good
 * as before. Errors: those of `readDmV2` and `ratchetDecrypt`, `wrong_session`.
 */
export function decryptInSession(session: Session, body: string, newSecret: NewSecret = randomSecret): Decrypted {
  const { session: id, start, message } = readDmV2(body)
  if (id !== session.id) throw new EncryptionError('wrong_session')
  const associated = concatBytes(fromBase64(session.associated)!, start)
  const { state, plain } = ratchetDecrypt(session.ratchet, message, associated, newSecret)
  const { opening: _, ...answered } = session
  return { session: { ...answered, ratchet: state }, bytes: plain }
}

/** A first message, and what its reader does in the transaction that keeps the session. */
export interface Accepted extends Decrypted {
  /** The one-time prekey that is used up: erase it. */
  readonly spent?: string
  readonly firstMessageId: string
  /**
   * No one-time prekey was used up, so the same message could begin the same session once more: refuse it if `firstMessageId` has been
   * seen, and remember it as long as the prekeys that were used.
   */
  readonly replayable: boolean
}

/**
 * Reads a message that begins a session which is not there yet. `peer.publicKey` is the identity key of the message's author: the caller
 * has compared it with the author's id or its signed history of keys. `prekeys` gives our own by their ids.
 *
 * Errors: those of `readDmV2`, `accept` and `ratchetDecrypt`; `wrong_session` (it begins none), `wrong_identity`, `prekey_unknown`.
 */
export async function acceptSession(
  us: Installation,
  peer: Omit<Party, 'installation'>,
  prekeys: (id: string) => PrekeySecret | undefined,
  body: string,
  newSecret: NewSecret = randomSecret,
): Promise<Accepted> {
  const { session: id, opening, start, message } = readDmV2(body)
  if (!opening)
    throw new EncryptionError('wrong_session', 'the session is not there, and this message does not begin it')
  if (toBase64(opening.identityKey) !== toBase64(peer.publicKey)) throw new EncryptionError('wrong_identity')
  const signed = keyPairOf(prekeys(opening.signedPrekey), ['signed'])
  const { oneTimePrekey } = opening
  const kept = oneTimePrekey === undefined ? undefined : prekeys(oneTimePrekey)
  const oneTime = oneTimePrekey === undefined ? undefined : keyPairOf(kept, ['one-time', 'last-resort'])
  const them = { ...peer, installation: opening.installation }
  const agreement = await accept(us, them, opening, { signed, oneTime })
  const begun = sessionOf(agreement, them)
  if (id !== begun.id) throw new EncryptionError('wrong_session')
  const ratchet = ratchetOfResponder(agreement.secret, signed)
  const { state, plain } = ratchetDecrypt(ratchet, message, concatBytes(agreement.associated, start), newSecret)
  const spent = kept?.purpose === 'one-time' ? { spent: kept.id } : {}
  const { firstMessageId } = agreement
  return { session: { ...begun, ratchet: state }, bytes: plain, firstMessageId, replayable: !spent.spent, ...spent }
}

function sessionOf({ associated, firstMessageId }: Agreement, peer: Party): Omit<Session, 'ratchet'> {
  const { agent, installation, publicKey } = peer
  return {
    form: 'aicq-dm-v2',
    id: firstMessageId.slice(0, 32),
    peer: { agent, installation, key: didKeyOf(publicKey) },
    associated: toBase64(associated),
  }
}

function keyPairOf(kept: PrekeySecret | undefined, purposes: readonly PrekeyPurpose[]): X25519KeyPair {
  if (!kept || !purposes.includes(kept.purpose)) throw new EncryptionError('prekey_unknown')
  return x25519KeyPair(fromBase64(kept.secret_key)!)
}
