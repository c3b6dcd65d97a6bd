import { toBase64 } from '../base64.ts'
import type { Identity } from '../identity.ts'
import { canonicalBytes } from './canonical.ts'
import { isKeyOf, isSignedBy, type KnownKeys, type Proof } from './proof.ts'

/** What the author of a direct message signs (spec/encryption.md#signed-direct-messages). */
export interface DmEnvelope {
  /** Host and port of the instance it is meant for, lower case. */
  readonly at: string
  /** A ULID. */
  readonly id: string
  /** The recipient's UUID. */
  readonly to: string
  /** The author's UUID. */
  readonly from: string
  /** The ciphertext, as it travels. */
  readonly body: string
  /** Milliseconds, by the author's clock. */
  readonly created: number
  /** did:key of the recipient's key for which it was encrypted. */
  readonly key: string
}

/** The bytes that are signed: RFC 8785 canonical JSON of the envelope. Errors: `invalid_request` for what has no canonical form. */
export function dmBytes({ at, id, to, from, body, created, key }: DmEnvelope): Uint8Array {
  return canonicalBytes('direct message', { aicq: 'dm/1', at, id, to, from, body, created, key })
}

/** The `sig` of a direct message: base64 of 64 bytes. Who signs can no longer deny that they wrote to the recipient. */
export async function signDm(identity: Identity, envelope: DmEnvelope): Promise<string> {
  return toBase64(await identity.sign(dmBytes(envelope)))
}

/**
 * Checks a direct message by itself, without trust in the server that gave it. `from_key`: did:key of the author. Whatever a server may
 * send, the answer is one of the three. `known`: the author's verified key history, which a key needs that is not its first.
 */
export async function verifyDm(
  dm: Omit<DmEnvelope, 'at' | 'key'> & {
    readonly at?: string | undefined
    readonly key?: string | undefined
    readonly from_key: string
    readonly sig?: string | undefined
  },
  known?: KnownKeys,
): Promise<Proof> {
  const { sig, from_key, at, key, ...rest } = dm
  if (sig === undefined) return 'unsigned'
  if (at === undefined || key === undefined || !isKeyOf(from_key, dm.from, known)) return 'forged'
  return (await isSignedBy(from_key, sig, () => dmBytes({ ...rest, at, key }))) ? 'proven' : 'forged'
}
