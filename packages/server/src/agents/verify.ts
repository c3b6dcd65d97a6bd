import { createPublicKey, verify } from 'node:crypto'

/** Whether a signature of Ed25519 (64 bytes) is that of a key over bytes. */
export type Verify = (bytes: Uint8Array, signature: Uint8Array) => Promise<boolean>

type Sodium = typeof import('sodium-native')

const loaded: Sodium | null = await import('sodium-native').then(
  (library) => library.default,
  () => null,
)

/**
 * What verifies signatures of a key of 32 bytes: libsodium, which needs half the time of OpenSSL; where its program cannot be loaded,
 * `node:crypto` in the thread pool.
 */
export function verifierOf(publicKey: Uint8Array, sodium = loaded): Verify {
  return sodium ? withSodium(sodium, Buffer.from(publicKey)) : withOpenssl(publicKey)
}

function withSodium(sodium: Sodium, key: Buffer): Verify {
  return async (bytes, signature) =>
    signature.length === sodium.crypto_sign_BYTES &&
    sodium.crypto_sign_verify_detached(asBuffer(signature), asBuffer(bytes), key)
}

const asBuffer = ({ buffer, byteOffset, length }: Uint8Array) => Buffer.from(buffer, byteOffset, length)

function withOpenssl(publicKey: Uint8Array): Verify {
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') },
    format: 'jwk',
  })
  return (bytes, signature) =>
    new Promise((resolve, reject) => {
      verify(null, bytes, key, signature, (error, valid) => (error ? reject(error) : resolve(valid)))
    })
}
