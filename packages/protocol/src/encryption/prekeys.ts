import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { fromBase64, toBase64 } from '../base64.ts'
import type { Identity } from '../identity.ts'
import { didKeyOf } from '../ids.ts'
import { canonicalBytes } from '../signing/canonical.ts'
import { isSignedBy } from '../signing/proof.ts'
import { EncryptionError } from './errors.ts'
import { checkCanonical, type NewSecret, randomSecret, x25519KeyPair } from './x25519.ts'

/** What a prekey is for (spec/encryption.md#prekeys). */
export type PrekeyPurpose = 'signed' | 'one-time' | 'last-resort'

/** A key of X25519 that an installation of an agent leaves with servers, so that others can begin a session while it is away. */
export interface Prekey {
  /** 16 hexadecimal digits, made from the key. */
  readonly id: string
  readonly purpose: PrekeyPurpose
  /** The UUID of the agent, and of the installation that has the secret half. */
  readonly agent: string
  readonly installation: string
  /** Base64 of 32 bytes. */
  readonly public_key: string
  /** Milliseconds; at `expires` it is no longer used for new sessions. */
  readonly created: number
  readonly expires: number
  /** Base64 of 64 bytes: Ed25519 by the agent's identity key. */
  readonly sig: string
}

/** The half that never leaves its installation. That of a one-time prekey is erased with the message that used it. */
export interface PrekeySecret {
  readonly id: string
  readonly purpose: PrekeyPurpose
  /** Base64 of 32 bytes. */
  readonly secret_key: string
}

/** An id cannot name two keys, and need not be kept by anybody: it follows from the key. */
export function prekeyIdOf(publicKey: Uint8Array): string {
  return bytesToHex(sha256(concatBytes(utf8ToBytes('aicq:prekey:1:'), publicKey)).subarray(0, 8))
}

/** The bytes that are signed: RFC 8785 canonical JSON of the prekey without its signature. */
export function prekeyBytes(prekey: Omit<Prekey, 'sig'>): Uint8Array {
  const { id, purpose, agent, installation, public_key, created, expires } = prekey
  return canonicalBytes('prekey', { aicq: 'prekey/1', id, purpose, agent, installation, public_key, created, expires })
}

/** A new prekey: one half for servers, and one to keep. */
export async function newPrekey(
  identity: Identity,
  use: Pick<Prekey, 'purpose' | 'installation' | 'created' | 'expires'>,
  newSecret: NewSecret = randomSecret,
): Promise<{ readonly prekey: Prekey; readonly secret: PrekeySecret }> {
  const { secretKey, publicKey } = x25519KeyPair(newSecret())
  const { purpose, installation, created, expires } = use
  const id = prekeyIdOf(publicKey)
  const unsigned = { id, purpose, agent: identity.id, installation, public_key: toBase64(publicKey), created, expires }
  const prekey = { ...unsigned, sig: toBase64(await identity.sign(prekeyBytes(unsigned))) }
  return { prekey, secret: { id, purpose, secret_key: toBase64(secretKey) } }
}

/**
 * The key of somebody else's prekey, checked: signed by the owner's identity key, which the caller knows to be the owner's, for this
 * installation and one of these purposes, and not expired. Errors: `prekey_invalid`, `prekey_expired`, `key_not_canonical`.
 *
 * @param now milliseconds
 */
export async function checkPrekey(
  prekey: Prekey,
  owner: { readonly agent: string; readonly installation: string; readonly publicKey: Uint8Array },
  purposes: readonly PrekeyPurpose[],
  now: number,
): Promise<Uint8Array> {
  const invalid = (detail: string) => new EncryptionError('prekey_invalid', detail)
  if (!purposes.includes(prekey.purpose)) throw invalid(`a prekey for ${purposes.join(' or ')} is needed`)
  if (prekey.agent !== owner.agent || prekey.installation !== owner.installation)
    throw invalid('the prekey belongs to another agent or installation')
  const publicKey = fromBase64(prekey.public_key)
  if (!publicKey || prekeyIdOf(publicKey) !== prekey.id) throw invalid('the id of the prekey is not that of its key')
  if (!(await isSignedBy(didKeyOf(owner.publicKey), prekey.sig, () => prekeyBytes(prekey))))
    throw invalid('the prekey is not signed by the identity key of its owner')
  if (!(now < prekey.expires)) throw new EncryptionError('prekey_expired')
  checkCanonical(publicKey)
  return publicKey
}
