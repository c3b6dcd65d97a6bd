import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { toBase64 } from '../base64.ts'
import type { Identity } from '../identity.ts'
import type { KeyOperation } from '../operations/shapes.ts'
import { canonicalBytes } from '../signing/canonical.ts'

/** The bytes that `sig` and `proof` sign: the operation without the two, as RFC 8785 canonical JSON. */
export function keyOperationBytes({ sig, proof, ...operation }: KeyOperation): Uint8Array {
  return canonicalBytes('key operation', operation)
}

/** What the next operation carries as `prev`: base64 of the SHA-256 of those bytes. */
export const keyOperationHash = (operation: KeyOperation): string => toBase64(sha256(keyOperationBytes(operation)))

/** How a recovery key (32 bytes) is promised without showing it: base64. */
export const recoveryHashOf = (recoveryKey: Uint8Array): string =>
  toBase64(sha256(concatBytes(utf8ToBytes('aicq:recovery:1:'), recoveryKey)))

/** Where the next operation goes. */
export interface KeyPlace {
  readonly agent: string
  /** Of the last operation. */
  readonly version: number
  /** Of the last operation. */
  readonly hash: string
}

/** Who has the key that an operation is signed by. */
export type KeyHolder = Pick<Identity, 'did' | 'publicKey' | 'sign'>

type Said = Pick<KeyOperation, 'recovery' | 'dm'>

/** The first operation of an agent, by its first key. Saying no more than the key it needs no signature, and gets none. */
export async function createKeys(first: KeyHolder & { readonly id: string }, said: Said = {}): Promise<KeyOperation> {
  const operation = { ...firstOperation(first.id, first.did), ...said }
  return said.recovery === undefined && said.dm === undefined ? operation : signed(operation, first)
}

/** The first operation of an agent who said nothing but its key. */
export const firstOperation = (agent: string, key: string): KeyOperation => ({
  aicq: 'keys/1',
  agent,
  version: 1,
  op: 'create',
  key,
})

/** From the current key to another. */
export const rotateKey = (after: KeyPlace, current: KeyHolder, next: KeyHolder): Promise<KeyOperation> =>
  signed({ ...placed(after), op: 'rotate', key: next.did }, current, next)

/** By the current key: a recovery key, in place of one that there may be; or that the agent reads another form of direct messages. */
export const declareKeys = (
  after: KeyPlace,
  current: KeyHolder,
  said: { readonly recovery: string } | { readonly dm: 'aicq-dm-v2' },
): Promise<KeyOperation> =>
  signed({ ...placed(after), op: 'recovery' in said ? 'recovery' : 'announce', ...said }, current)

/** By the recovery key, which is spent with it: another key, and the hash of another recovery key. */
export const recoverKey = (
  after: KeyPlace,
  recoveryKey: KeyHolder,
  next: KeyHolder,
  recovery?: string,
): Promise<KeyOperation> =>
  signed(
    {
      ...placed(after),
      op: 'recover',
      key: next.did,
      recovery_key: recoveryKey.did,
      ...(recovery === undefined ? {} : { recovery }),
    },
    recoveryKey,
    next,
  )

/** No key any more: by the recovery key where there is one (`isRecoveryKey`), else by the current key. */
export const closeKeys = (after: KeyPlace, signer: KeyHolder, isRecoveryKey: boolean): Promise<KeyOperation> =>
  signed({ ...placed(after), op: 'close', ...(isRecoveryKey ? { recovery_key: signer.did } : {}) }, signer)

const placed = ({ agent, version, hash }: KeyPlace) =>
  ({ aicq: 'keys/1', agent, version: version + 1, prev: hash }) as const

async function signed(operation: KeyOperation, signer: KeyHolder, named?: KeyHolder): Promise<KeyOperation> {
  const bytes = keyOperationBytes(operation)
  const sig = toBase64(await signer.sign(bytes))
  return { ...operation, sig, ...(named ? { proof: toBase64(await named.sign(bytes)) } : {}) }
}
