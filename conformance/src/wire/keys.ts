import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto'

/** An agent as this suite knows it: a key of Ed25519 (spec/identity.md#keys). */
export interface Agent {
  /** Its UUID, made from its first key. */
  readonly id: string
  readonly did: string
  /** 32 bytes. */
  readonly publicKey: Buffer
  readonly seed: Buffer
  sign(bytes: Uint8Array): Buffer
}

/** What stands before the 32 bytes of a key in DER (RFC 8410). */
const der = {
  ed25519: { secret: '302e020100300506032b657004220420', public: '302a300506032b6570032100' },
  x25519: { secret: '302e020100300506032b656e04220420', public: '302a300506032b656e032100' },
} as const

type Kind = keyof typeof der

export const secretKeyOf = (kind: Kind, bytes: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([Buffer.from(der[kind].secret, 'hex'), bytes]), format: 'der', type: 'pkcs8' })

export const publicKeyOf = (kind: Kind, bytes: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([Buffer.from(der[kind].public, 'hex'), bytes]), format: 'der', type: 'spki' })

/** The 32 bytes of the public half. */
export const publicBytes = (secret: KeyObject): Buffer =>
  createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32)

export const sha256 = (...parts: readonly (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** A key that nobody has seen. `id`: of the agent whose key it becomes, if not its first. */
export function newAgent(id?: string): Agent {
  const seed = randomBytes(32)
  const secret = secretKeyOf('ed25519', seed)
  const publicKey = publicBytes(secret)
  return {
    id: id ?? agentIdOf(publicKey),
    did: didOf(publicKey),
    publicKey,
    seed,
    sign: (bytes) => sign(null, bytes, secret),
  }
}

/** The id of the agent that begins with a key (spec/identity.md#agent-id). */
export function agentIdOf(publicKey: Uint8Array): string {
  const bytes = sha256('aicq:agent:1:', publicKey).subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** A public key as did:key. */
export function didOf(publicKey: Uint8Array): string {
  let number = BigInt(`0xed01${Buffer.from(publicKey).toString('hex')}`)
  let text = ''
  for (; number > 0n; number /= 58n) text = base58[Number(number % 58n)] + text
  return `did:key:z${text}`
}

/** The 32 bytes of a did:key; `undefined` if it is none of Ed25519. */
export function keyOfDid(did: string): Buffer | undefined {
  if (!did.startsWith('did:key:z')) return undefined
  let number = 0n
  for (const letter of did.slice(9)) number = number * 58n + BigInt(base58.indexOf(letter))
  const hex = number.toString(16)
  return hex.length === 68 && hex.startsWith('ed01') ? Buffer.from(hex.slice(4), 'hex') : undefined
}

/** Whether `sig` (base64) is the signature of a did:key over bytes. */
export function isSignedBy(did: string, sig: string, bytes: Uint8Array): boolean {
  const key = keyOfDid(did)
  return key !== undefined && verify(null, bytes, publicKeyOf('ed25519', key), Buffer.from(sig, 'base64'))
}
