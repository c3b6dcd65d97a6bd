import { createCipheriv, createDecipheriv, createHash, diffieHellman, hkdfSync, randomBytes } from 'node:crypto'
import { type Agent, publicBytes, publicKeyOf, secretKeyOf } from './keys.ts'

/** `2^255 - 19`. */
const p = 2n ** 255n - 19n

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let b = base % p, e = exponent; e > 0n; e >>= 1n, b = (b * b) % p) if (e & 1n) result = (result * b) % p
  return result
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).reverse().toString('hex')

/** The X25519 form of a public key of Ed25519 (spec/encryption.md#keys). */
export function x25519Of(publicKey: Uint8Array): Buffer {
  const y = BigInt(`0x${hexOf(publicKey)}`) & (2n ** 255n - 1n)
  const u = ((1n + y) * power(1n - y + p, p - 2n)) % p
  return Buffer.from(u.toString(16).padStart(64, '0'), 'hex').reverse()
}

const secretOf = (agent: Agent) =>
  secretKeyOf('x25519', createHash('sha512').update(agent.seed).digest().subarray(0, 32))

function keyFor(shared: Buffer, ephemeral: Buffer, recipient: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', shared, Buffer.concat([ephemeral, recipient]), 'aicq-dm-v1', 32))
}

const cipher = 'chacha20-poly1305'

/** A text that the recipient alone reads (spec/encryption.md#aicq-dm-v1). */
export function encrypt(text: string, recipient: { readonly publicKey: Uint8Array }): string {
  const theirs = x25519Of(recipient.publicKey)
  const secret = secretKeyOf('x25519', randomBytes(32))
  const ephemeral = publicBytes(secret)
  const shared = diffieHellman({ privateKey: secret, publicKey: publicKeyOf('x25519', theirs) })
  const nonce = randomBytes(12)
  const sealing = createCipheriv(cipher, keyFor(shared, ephemeral, theirs), nonce, { authTagLength: 16 })
  const sealed = Buffer.concat([sealing.update(text, 'utf8'), sealing.final()])
  return Buffer.concat([ephemeral, nonce, sealed, sealing.getAuthTag()]).toString('base64')
}

/** What a body says to its recipient. Throws where it is for another, or was changed. */
export function decrypt(body: string, recipient: Agent): string {
  const bytes = Buffer.from(body, 'base64')
  const ephemeral = bytes.subarray(0, 32)
  const secret = secretOf(recipient)
  const shared = diffieHellman({ privateKey: secret, publicKey: publicKeyOf('x25519', ephemeral) })
  const key = keyFor(shared, ephemeral, publicBytes(secret))
  const opening = createDecipheriv(cipher, key, bytes.subarray(32, 44), { authTagLength: 16 })
  opening.setAuthTag(bytes.subarray(-16))
  return Buffer.concat([opening.update(bytes.subarray(44, -16)), opening.final()]).toString('utf8')
}
