import { publicKeyOfDidKey } from '../ids.ts'
import type { KeyOperation } from '../operations/shapes.ts'
import { keyOperationHash, recoveryHashOf } from './operation.ts'
import { extendKeyHistory, type KeyHistory, verifyKeyHistory } from './verify.ts'

/** How many operations two histories have in common, from the first on. */
export function commonOperations(one: readonly KeyOperation[], two: readonly KeyOperation[]): number {
  const differs = one.findIndex(
    (operation, at) => at >= two.length || keyOperationHash(operation) !== keyOperationHash(two[at]!),
  )
  return differs < 0 ? one.length : differs
}

/**
 * Whether a history that is offered takes the place of the one that is known (spec/key-history.md#forks): if it continues it, or if on
 * it alone the recovery key has signed to which the common part is bound. Both are verified already, and of one agent.
 */
export async function takesPlace(known: readonly KeyOperation[], offered: readonly KeyOperation[]): Promise<boolean> {
  const common = commonOperations(known, offered)
  if (common === offered.length) return false
  if (common === known.length) return true
  if (common === 0) return known.length === 1 && known[0]!.recovery === undefined && known[0]!.dm === undefined
  const { recovery } = await verifyKeyHistory(known[0]!.agent, known.slice(0, common))
  const isDecided = (branch: readonly KeyOperation[]) =>
    recovery !== undefined && branch.slice(common).some((operation) => revealed(operation) === recovery)
  return isDecided(offered) && !isDecided(known)
}

function revealed({ recovery_key }: KeyOperation): string | undefined {
  const key = recovery_key === undefined ? undefined : publicKeyOfDidKey(recovery_key)
  return key && recoveryHashOf(key)
}

/**
 * The latest place of a history at which a recovery key (32 bytes) is promised, so that it may sign what comes next: a fork, where
 * something comes after it already. `undefined` if it never was. `lastKey`: did:key of the last key that was not a thief's, after which all
 * shall be cut off.
 */
export async function recoveryPlace(
  agent: string,
  operations: readonly KeyOperation[],
  recoveryKey: Uint8Array,
  lastKey?: string,
): Promise<KeyHistory | undefined> {
  const recovery = recoveryHashOf(recoveryKey)
  let history: KeyHistory | undefined
  let found: KeyHistory | undefined
  for (const operation of operations) {
    history = await extendKeyHistory(agent, history, operation)
    const isOurs = lastKey === undefined || history.key === lastKey
    if (history.recovery === recovery && isOurs && !history.closed) found = history
  }
  return found
}
