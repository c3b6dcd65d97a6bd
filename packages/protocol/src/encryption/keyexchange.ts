import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { fromBase64, toBase64 } from '../base64.ts'
import type { Identity } from '../identity.ts'
import { canonicalBytes } from '../signing/canonical.ts'
import { isSignedBy } from '../signing/proof.ts'
import { EncryptionError } from './errors.ts'
import { isX25519Key, type NewSecret, randomSecret, sharedSecret, x25519KeyPair } from './x25519.ts'

/** An ephemeral key that one agent offers another (spec/key-exchange.md). Ids are UUIDs, times milliseconds. */
export interface KeyOffer {
  readonly from: string
  readonly to: string
  readonly purpose: string
  /** Base64 of 32 bytes, X25519. */
  readonly public_key: string
  readonly created: number
  readonly expires: number
}

/** The ephemeral key that answers an offer. */
export interface KeyAnswer {
  /** Base64 of 32 bytes, X25519. */
  readonly public_key: string
  readonly created: number
}

/** The bytes that an offer's `sig` is over. */
export function keyOfferBytes({ from, to, purpose, public_key, created, expires }: KeyOffer): Uint8Array {
  return canonicalBytes('key offer', { aicq: 'keyexchange/1', from, to, purpose, public_key, created, expires })
}

/** The bytes that an answer's `sig` is over: they say which offer is meant. */
export function keyAnswerBytes(offer: KeyOffer, { public_key, created }: KeyAnswer): Uint8Array {
  const about = toBase64(sha256(keyOfferBytes(offer)))
  return canonicalBytes('key answer', { aicq: 'keyexchange-answer/1', offer: about, public_key, created })
}

/** The half of an exchange that stays with its maker until the other side has answered; then erase it. */
export interface ExchangeSecret {
  /** Base64 of 32 bytes. */
  readonly secret_key: string
}

/** A new offer, signed, and its secret half. */
export async function newKeyOffer(
  identity: Identity,
  about: Pick<KeyOffer, 'to' | 'purpose' | 'created' | 'expires'>,
  newSecret: NewSecret = randomSecret,
): Promise<{ readonly offer: KeyOffer & { readonly sig: string }; readonly secret: ExchangeSecret }> {
  const { secretKey, publicKey } = x25519KeyPair(newSecret())
  const { to, purpose, created, expires } = about
  const unsigned = { from: identity.id, to, purpose, public_key: toBase64(publicKey), created, expires }
  const offer = { ...unsigned, sig: toBase64(await identity.sign(keyOfferBytes(unsigned))) }
  return { offer, secret: { secret_key: toBase64(secretKey) } }
}

/**
 * Answers an offer: what to send, and the 32 bytes that both sides now have. `key`: did:key of who offers, which the caller knows to be
 * theirs. Errors: `exchange_invalid`.
 *
 * @param now milliseconds
 */
export async function answerKeyOffer(
  identity: Identity,
  offer: KeyOffer & { readonly sig: string },
  key: string,
  now: number,
  newSecret: NewSecret = randomSecret,
): Promise<{ readonly answer: KeyAnswer & { readonly sig: string }; readonly secret: Uint8Array }> {
  if (
    offer.to !== identity.id ||
    !(now < offer.expires) ||
    !(await isSignedBy(key, offer.sig, () => keyOfferBytes(offer)))
  )
    throw new EncryptionError('exchange_invalid')
  const theirs = exchangeKeyOf(offer.public_key)
  const { secretKey, publicKey } = x25519KeyPair(newSecret())
  const unsigned = { public_key: toBase64(publicKey), created: now }
  const answer = { ...unsigned, sig: toBase64(await identity.sign(keyAnswerBytes(offer, unsigned))) }
  return { answer, secret: secretOf(offer, answer, sharedSecret(secretKey, theirs)) }
}

/**
 * The 32 bytes that both sides have, for whoever made the offer. `key`: did:key of who answers, which the caller knows to be theirs.
 * Errors: `exchange_invalid`.
 */
export async function finishKeyExchange(
  offer: KeyOffer,
  { secret_key }: ExchangeSecret,
  answer: KeyAnswer & { readonly sig: string },
  key: string,
): Promise<Uint8Array> {
  if (!(await isSignedBy(key, answer.sig, () => keyAnswerBytes(offer, answer))))
    throw new EncryptionError('exchange_invalid')
  return secretOf(offer, answer, sharedSecret(fromBase64(secret_key)!, exchangeKeyOf(answer.public_key)))
}

function exchangeKeyOf(text: string): Uint8Array {
  const key = fromBase64(text)
  if (!key || !isX25519Key(key)) throw new EncryptionError('exchange_invalid', 'the ephemeral key is not usable')
  return key
}

function secretOf(offer: KeyOffer, answer: KeyAnswer, agreed: Uint8Array): Uint8Array {
  const salt = sha256(concatBytes(keyOfferBytes(offer), keyAnswerBytes(offer, answer)))
  return hkdf(sha256, agreed, salt, utf8ToBytes('aicq-keyexchange-1'), 32)
}
