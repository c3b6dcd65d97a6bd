import { canonical } from './canonical.ts'
import { type Agent, sha256 } from './keys.ts'

/** One operation of a key history, as it travels (spec/key-history.md#operations). */
export interface KeyOperation {
  readonly aicq: string
  readonly agent: string
  readonly version: number
  readonly prev?: string
  readonly op: string
  readonly key?: string
  readonly recovery?: string
  readonly recovery_key?: string
  readonly dm?: string
  readonly sig?: string
  readonly proof?: string
}

const signedBytes = ({ sig, proof, ...rest }: KeyOperation): Buffer => canonical({ ...rest })

/** What the next operation carries as `prev`. */
export const hashOf = (operation: KeyOperation): string => sha256(signedBytes(operation)).toString('base64')

/** How a recovery key is promised. */
export const promiseOf = (recovery: Agent): string => sha256('aicq:recovery:1:', recovery.publicKey).toString('base64')

/** Signs an operation: `sig` by the key that decides, `proof` by the key that it names. */
export function signOperation(operation: KeyOperation, by: Agent, named?: Agent): KeyOperation {
  const bytes = signedBytes(operation)
  const sig = by.sign(bytes).toString('base64')
  return { ...operation, sig, ...(named ? { proof: named.sign(bytes).toString('base64') } : {}) }
}

/** The first operation of an agent. */
export function create(agent: Agent, said: { recovery?: string; dm?: string } = {}): KeyOperation {
  const operation = { aicq: 'keys/1', agent: agent.id, version: 1, op: 'create', key: agent.did, ...said }
  return said.recovery || said.dm ? signOperation(operation, agent) : operation
}

const after = (last: KeyOperation) =>
  ({ aicq: 'keys/1', agent: last.agent, version: last.version + 1, prev: hashOf(last) }) as const

export const rotate = (last: KeyOperation, current: Agent, next: Agent): KeyOperation =>
  signOperation({ ...after(last), op: 'rotate', key: next.did }, current, next)

export const promise = (last: KeyOperation, current: Agent, recovery: Agent): KeyOperation =>
  signOperation({ ...after(last), op: 'recovery', recovery: promiseOf(recovery) }, current)

export const announce = (last: KeyOperation, current: Agent): KeyOperation =>
  signOperation({ ...after(last), op: 'announce', dm: 'aicq-dm-v2' }, current)

export const recover = (last: KeyOperation, recovery: Agent, next: Agent): KeyOperation =>
  signOperation({ ...after(last), op: 'recover', key: next.did, recovery_key: recovery.did }, recovery, next)

export const close = (last: KeyOperation, signer: Agent, isRecovery = false): KeyOperation =>
  signOperation({ ...after(last), op: 'close', ...(isRecovery ? { recovery_key: signer.did } : {}) }, signer)
