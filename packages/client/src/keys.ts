import {
  closeKeys,
  declareKeys,
  type Identity,
  type KeyHistory,
  type KeyOperation,
  keyOperationHash,
  keys,
  recoverKey,
  recoveryHashOf,
  recoveryPlace,
  rotateKey,
} from '@aicq/protocol'
import { AicqError } from './errors.ts'
import type { Transport } from './transport.ts'

type Change = typeof keys.agentRotate | typeof keys.agentRevoke

/**
 * Makes an operation that follows what holds now, and sends it. Where the answer was lost, the history says what became of it. Errors:
 * `AicqError`.
 */
async function change(
  transport: Transport,
  op: Change,
  agent: string,
  make: (history: KeyHistory, operations: readonly KeyOperation[]) => Promise<KeyOperation>,
): Promise<KeyHistory> {
  const before = await transport.histories.of(agent)
  const operation = await make(before.history, before.operations)
  const failed = await transport
    .call(op, () => ({ agent, operation }), { repeatable: true })
    .then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
  const now = await transport.histories.of(agent).catch((error: unknown) => Promise.reject(failed?.error ?? error))
  const hash = keyOperationHash(operation)
  if (failed && !now.operations.some((one) => keyOperationHash(one) === hash)) throw failed.error
  return now.history
}

/** Another key for an agent that has its current one. `next.id` is the agent's. */
export function rotate(transport: Transport, identity: Identity, next: Identity): Promise<KeyHistory> {
  return change(transport, keys.agentRotate, identity.id, (history) => rotateKey(history, identity, next))
}

/** Promises a recovery key (32 bytes), or announces what the agent can read. */
export function declare(
  transport: Transport,
  identity: Identity,
  said: { readonly recoveryKey: Uint8Array } | { readonly dm: 'aicq-dm-v2' },
): Promise<KeyHistory> {
  const declared = 'dm' in said ? said : { recovery: recoveryHashOf(said.recoveryKey) }
  return change(transport, keys.agentRotate, identity.id, (history) => declareKeys(history, identity, declared))
}

/**
 * Another key for an agent whose current one is lost or stolen, and another recovery key (32 bytes) in place of the spent one. `lastKey`:
 * did:key after which all is cut off.
 */
export function recover(
  transport: Transport,
  lastKey: string | undefined,
  recoveryKey: Identity,
  next: Identity,
  nextRecoveryKey: Uint8Array | undefined,
): Promise<KeyHistory> {
  return change(transport, keys.agentRevoke, next.id, async (_, operations) => {
    const place = await placeOf(next.id, operations, recoveryKey, lastKey)
    return recoverKey(place, recoveryKey, next, nextRecoveryKey && recoveryHashOf(nextRecoveryKey))
  })
}

/** The end of an agent: by its recovery key, or by the current one where no recovery key is promised. */
export function close(
  transport: Transport,
  identity: Identity,
  recoveryKey: Identity | undefined,
): Promise<KeyHistory> {
  return change(transport, keys.agentRevoke, identity.id, async (history, operations) =>
    recoveryKey
      ? closeKeys(await placeOf(identity.id, operations, recoveryKey), recoveryKey, true)
      : closeKeys(history, identity, false),
  )
}

async function placeOf(
  agent: string,
  operations: readonly KeyOperation[],
  { publicKey }: Identity,
  lastKey?: string,
): Promise<KeyHistory> {
  const place = await recoveryPlace(agent, operations, publicKey, lastKey)
  if (place) return place
  const detail = `this is not a recovery key that the agent ever promised${lastKey ? ` while its key was ${lastKey}` : ''}`
  throw new AicqError('key_history_invalid', detail, { retryable: false, status: 0 })
}
