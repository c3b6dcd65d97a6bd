import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Identity } from '../identity.ts'
import { type Opening, uuidBytes, writeOpening } from './opening.ts'
import { checkPrekey, type Prekey } from './prekeys.ts'
import {
  checkCanonical,
  type NewSecret,
  randomSecret,
  sharedSecret,
  type X25519KeyPair,
  x25519KeyPair,
  x25519PublicKeyOf,
} from './x25519.ts'

/** One end of a session. `publicKey`: the agent's identity key (Ed25519), which must be known to be the agent's. */
export interface Party {
  readonly agent: string
  readonly installation: string
  readonly publicKey: Uint8Array
}

/** What a server gives to whoever wants to begin a session with an installation. */
export interface Bundle {
  readonly signed: Prekey
  /** A one-time prekey or, when none is left, the last-resort one. */
  readonly one_time?: Prekey
}

/** What both sides have in common afterwards. */
export interface Agreement {
  /** 32 bytes. */
  readonly secret: Uint8Array
  /** Goes with every message of the session as associated data: both ends, the initiator first. */
  readonly associated: Uint8Array
  /** 64 hexadecimal digits, the same however often the first message arrives. */
  readonly firstMessageId: string
}

/**
 * Agrees on a secret with an installation that need not be there (X3DH). Errors: `prekey_invalid`, `prekey_expired`,
 * `key_not_canonical`, `low_order_point`, `invalid_public_key`.
 *
 * @param now milliseconds
 */
export async function initiate(
  us: { readonly identity: Identity; readonly installation: string },
  them: Party,
  bundle: Bundle,
  now: number,
  newSecret: NewSecret = randomSecret,
): Promise<Agreement & { readonly opening: Opening; readonly theirPrekey: Uint8Array }> {
  const theirIdentity = x25519PublicKeyOf(them.publicKey)
  const signed = await checkPrekey(bundle.signed, them, ['signed'], now)
  const oneTime = bundle.one_time && (await checkPrekey(bundle.one_time, them, ['one-time', 'last-resort'], now))
  const ephemeral = x25519KeyPair(newSecret())
  const opening = {
    identityKey: us.identity.publicKey,
    installation: us.installation,
    ephemeralKey: ephemeral.publicKey,
    signedPrekey: bundle.signed.id,
    ...(bundle.one_time ? { oneTimePrekey: bundle.one_time.id } : {}),
  }
  const initiator = { agent: us.identity.id, installation: us.installation, publicKey: us.identity.publicKey }
  const agreement = agreementFrom(initiator, them, opening, [
    await us.identity.agree(signed),
    sharedSecret(ephemeral.secretKey, theirIdentity),
    sharedSecret(ephemeral.secretKey, signed),
    ...(oneTime ? [sharedSecret(ephemeral.secretKey, oneTime)] : []),
  ])
  return { ...agreement, opening, theirPrekey: signed }
}

/**
 * The other side of `initiate`: the same agreement from the opening of a first message. `them` is who the initiator is known to be.
 * Errors: `key_not_canonical`, `low_order_point`, `invalid_public_key`.
 */
export async function accept(
  us: { readonly identity: Identity; readonly installation: string },
  them: Party,
  opening: Opening,
  prekeys: { readonly signed: X25519KeyPair; readonly oneTime?: X25519KeyPair | undefined },
): Promise<Agreement> {
  const theirIdentity = x25519PublicKeyOf(them.publicKey)
  const { ephemeralKey } = opening
  checkCanonical(ephemeralKey)
  const responder = { agent: us.identity.id, installation: us.installation, publicKey: us.identity.publicKey }
  return agreementFrom(them, responder, opening, [
    sharedSecret(prekeys.signed.secretKey, theirIdentity),
    await us.identity.agree(ephemeralKey),
    sharedSecret(prekeys.signed.secretKey, ephemeralKey),
    ...(prekeys.oneTime ? [sharedSecret(prekeys.oneTime.secretKey, ephemeralKey)] : []),
  ])
}

const party = ({ publicKey, agent, installation }: Party) =>
  concatBytes(publicKey, uuidBytes(agent), uuidBytes(installation))

/** What X3DH puts before the secrets, so that they cannot be those of another curve. */
const prefix = new Uint8Array(32).fill(0xff)

function agreementFrom(initiator: Party, responder: Party, opening: Opening, secrets: Uint8Array[]): Agreement {
  const associated = concatBytes(utf8ToBytes('aicq-dm-v2'), party(initiator), party(responder))
  const transcript = concatBytes(utf8ToBytes('aicq:first:1:'), associated, writeOpening(opening))
  return {
    secret: hkdf(sha256, concatBytes(prefix, ...secrets), new Uint8Array(32), utf8ToBytes('aicq-dm-v2:x3dh'), 32),
    associated,
    firstMessageId: bytesToHex(sha256(transcript)),
  }
}
