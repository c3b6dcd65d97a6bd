import { agreementOf } from './encryption/x25519.ts'
import { agentIdOf, didKeyOf } from './ids.ts'

/** An agent's key in use. */
export interface Identity {
  /** The agent's UUID. */
  readonly id: string
  /** did:key of the public key. */
  readonly did: string
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** Ed25519 (RFC 8032): 64 bytes. */
  sign(bytes: Uint8Array): Promise<Uint8Array>
  /**
   * X25519 of this key in Montgomery form and a public key: 32 bytes that its other half gives too (spec/encryption.md#keys). Errors:
   * `low_order_point`.
   */
  agree(publicKey: Uint8Array): Promise<Uint8Array>
}

/** 32 random bytes, from which a key is made; who has them is the agent. */
export const newSeed = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32))

/** PKCS #8 around a seed of Ed25519 (RFC 8410). */
const pkcs8 = Uint8Array.from([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20])

/** The identity that a seed of 32 bytes is; `id`: of the agent, where the key is not its first one. */
export async function identityFromSeed(seed: Uint8Array, id?: string): Promise<Identity> {
  if (seed.length !== 32) throw new RangeError(`a seed has 32 bytes, and this one has ${seed.length}`)
  const der = new Uint8Array(48)
  der.set(pkcs8)
  der.set(seed, 16)
  const key = await crypto.subtle.importKey('pkcs8', der, 'Ed25519', true, ['sign'])
  const { x } = await crypto.subtle.exportKey('jwk', key)
  const publicKey = Uint8Array.from(atob(x!.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  )
  return {
    id: id ?? agentIdOf(publicKey),
    did: didKeyOf(publicKey),
    publicKey,
    sign: async (bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, bytes as BufferSource)),
    agree: await agreementOf(seed),
  }
}

/** Whether 64 bytes are the signature of a key over bytes; what is no key gives `false`. */
export async function verifyEd25519(publicKey: Uint8Array, signature: Uint8Array, bytes: Uint8Array): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', publicKey as BufferSource, 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, signature as BufferSource, bytes as BufferSource)
  } catch {
    return false
  }
}
