import { fromBase64 } from '../base64.ts'
import { ProtocolError } from '../errors.ts'
import { didKeyOf, publicKeyOfDidKey } from '../ids.ts'
import { checkPublicKey } from '../keys.ts'
import type { KeyOperation } from '../operations/shapes.ts'
import { isKeyOf, isSignedBy } from '../signing/proof.ts'
import { sizes } from '../sizes.ts'
import { keyOperationBytes, keyOperationHash, recoveryHashOf } from './operation.ts'

/** What a verified history says. */
export interface KeyHistory {
  readonly agent: string
  /** Of the last operation. */
  readonly version: number
  /** Of the last operation. */
  readonly hash: string
  /** did:key of the current key; of the last one where the history is closed. */
  readonly key: string
  /** Every key that was the agent's, with the version that named it; the current one last. */
  readonly keys: readonly { readonly key: string; readonly version: number }[]
  /** Hash of the recovery key, where one is promised. */
  readonly recovery?: string
  readonly dm?: 'aicq-dm-v2'
  readonly closed: boolean
}

/** Why a history is none: `reason` of `key_history_invalid`. */
export type KeyHistoryFault =
  | 'malformed'
  | 'other_agent'
  | 'not_next'
  | 'key_used_before'
  | 'bad_signature'
  | 'bad_proof'
  | 'wrong_recovery_key'
  | 'recovery_key_needed'
  | 'closed'
  | 'too_long'

const details: Record<KeyHistoryFault, string> = {
  malformed: 'has not the members of its kind',
  other_agent: 'is of another agent',
  not_next: 'does not follow the one before it',
  key_used_before: 'names a key that the history had already',
  bad_signature: 'is not signed by the key that decides',
  bad_proof: 'shows no possession of the key that it names',
  wrong_recovery_key: 'reveals another recovery key than the one that was promised',
  recovery_key_needed: 'closes the history by the current key, though there is a recovery key',
  closed: 'follows the end of the history',
  too_long: `is beyond the ${sizes.keyOperations} that a history may have`,
}

const refused = (reason: KeyHistoryFault, version: number) =>
  new ProtocolError('key_history_invalid', `operation ${version} ${details[reason]}`, { reason, version })

const always = ['aicq', 'agent', 'version', 'op']
const members: Readonly<Record<string, readonly [needed: readonly string[], allowed: readonly string[]]>> = {
  create: [['key'], ['recovery', 'dm', 'sig']],
  rotate: [['prev', 'key', 'sig', 'proof'], []],
  recovery: [['prev', 'recovery', 'sig'], []],
  announce: [['prev', 'dm', 'sig'], []],
  recover: [['prev', 'key', 'recovery_key', 'sig', 'proof'], ['recovery']],
  close: [['prev', 'sig'], ['recovery_key']],
}

/** Whether it has exactly the members of its kind, each of its type. */
function isWellFormed(operation: KeyOperation): boolean {
  const [needed, allowed] = (Object.hasOwn(members, operation.op) && members[operation.op]) || [['no such kind'], []]
  const given = Object.entries(operation).filter(([, value]) => value !== undefined)
  const names = given.map(([name]) => name)
  const expected = [...always, ...needed]
  return (
    expected.every((name) => names.includes(name)) &&
    names.every((name) => expected.includes(name) || allowed.includes(name)) &&
    given.every(([name, value]) => (name === 'version' ? Number.isSafeInteger(value) : typeof value === 'string')) &&
    operation.aicq === 'keys/1' &&
    (operation.dm === undefined || operation.dm === 'aicq-dm-v2') &&
    (operation.recovery === undefined || fromBase64(operation.recovery)?.length === 32)
  )
}

/** The 32 bytes of a did:key. Errors: `invalid_public_key`. */
function readDidKey(did: string): Uint8Array {
  const key = publicKeyOfDidKey(did)
  if (!key || didKeyOf(key) !== did)
    throw new ProtocolError('invalid_public_key', 'a key of the history is not a did:key of an Ed25519 key')
  checkPublicKey(key)
  return key
}

/**
 * What a history says with one more operation; `undefined`: the operation is the first. Errors: `key_history_invalid`, whose `reason` is
 * a KeyHistoryFault; `invalid_public_key`.
 */
export async function extendKeyHistory(
  agent: string,
  before: KeyHistory | undefined,
  operation: KeyOperation,
): Promise<KeyHistory> {
  const version = (before?.version ?? 0) + 1
  const refuse = (reason: KeyHistoryFault) => refused(reason, version)
  if (version > sizes.keyOperations) throw refuse('too_long')
  if (typeof operation !== 'object' || operation === null || !isWellFormed(operation)) throw refuse('malformed')
  if (operation.agent !== agent) throw refuse('other_agent')
  if (operation.version !== version || operation.prev !== before?.hash) throw refuse('not_next')
  if ((operation.op === 'create') !== (before === undefined)) throw refuse('not_next')
  if (before?.closed) throw refuse('closed')

  const { op, key, recovery_key, sig, proof } = operation
  const keys = before?.keys ?? []
  if (key !== undefined) readDidKey(key)
  if (recovery_key !== undefined && recoveryHashOf(readDidKey(recovery_key)) !== before?.recovery)
    throw refuse('wrong_recovery_key')
  if (op === 'close' && recovery_key === undefined && before?.recovery !== undefined)
    throw refuse('recovery_key_needed')
  if (key !== undefined && (key === recovery_key || keys.some((one) => one.key === key)))
    throw refuse('key_used_before')
  if (op === 'create' && !isKeyOf(key!, agent)) throw refuse('other_agent')

  const bytes = () => keyOperationBytes(operation)
  const saysMore = op !== 'create' || operation.recovery !== undefined || operation.dm !== undefined
  if ((saysMore || sig !== undefined) && !(await isSignedBy(recovery_key ?? before?.key ?? key!, sig ?? '', bytes)))
    throw refuse('bad_signature')
  if (proof !== undefined && !(await isSignedBy(key!, proof, bytes))) throw refuse('bad_proof')

  const recovery = op === 'recover' ? operation.recovery : (operation.recovery ?? before?.recovery)
  const dm = operation.dm ?? before?.dm
  return {
    agent,
    version,
    hash: keyOperationHash(operation),
    key: key ?? before!.key,
    keys: key === undefined ? keys : [...keys, { key, version }],
    ...(recovery === undefined ? {} : { recovery }),
    ...(dm === undefined ? {} : { dm }),
    closed: op === 'close',
  }
}

/**
 * Checks a history by itself, without trust in the server that gave it: who the agent's keys are follows from its id alone. Errors:
 * `key_history_invalid`, whose `reason` is a KeyHistoryFault; `invalid_public_key`.
 */
export async function verifyKeyHistory(agent: string, operations: readonly KeyOperation[]): Promise<KeyHistory> {
  let history: KeyHistory | undefined
  for (const operation of operations) history = await extendKeyHistory(agent, history, operation)
  if (!history) throw refused('malformed', 1)
  return history
}
