import {
  type KeyOperation,
  keyOperationHash,
  type keys,
  ProtocolError,
  type Reply,
  takesPlace,
  verifyKeyHistory,
} from '@aicq/protocol'
import type { Origin } from '../origin.ts'
import { openAgent } from './access.ts'
import { conflict, keepHistory, knownOperations } from './key-history.ts'
import type { Joining } from './newcomers.ts'

type Kinds = readonly KeyOperation['op'][]

/** By the current key: what `agent.rotate` takes. */
export const byCurrentKey: Kinds = ['rotate', 'recovery', 'announce']
/** By whoever may decide about a key that is lost or stolen: what `agent.revoke` takes. */
export const byRecoveryKey: Kinds = ['recover', 'close']

/**
 * Puts an operation behind the one that it follows. That is the last one, or the recovery key signs and what came after is cut off
 * (spec/key-history.md#forks). The same operation again changes nothing. The operation proves who decides; of the request there is
 * the nonce, if it was signed. Errors: `agent_not_found`, `key_history_conflict`, `key_history_invalid`, `invalid_public_key`, `key_taken`.
 */
export async function changeKeys(
  { db, log, retirement }: Pick<Joining, 'db' | 'log' | 'retirement'>,
  { origin, ...by }: { readonly nonce?: string; readonly origin?: Origin | undefined },
  agent: string,
  operation: KeyOperation,
  kinds: Kinds,
): Promise<Reply<typeof keys.agentRotate>> {
  if (!kinds.includes(operation.op))
    throw new ProtocolError('invalid_request', `body.operation.op: ${kinds.join(', ')} are taken here`)
  const known = await knownOperations(db, await openAgent(db, agent))
  const before = known.slice(0, operation.version - 1)
  const last = before.at(-1)
  if (last === undefined || before.length < operation.version - 1 || keyOperationHash(last) !== operation.prev)
    throw conflict()
  const operations = [...before, operation]
  const history = await verifyKeyHistory(agent, operations)
  const there = known[before.length]
  if (there !== undefined && keyOperationHash(there) === history.hash)
    return stateOf(await verifyKeyHistory(agent, known))
  if (!(await takesPlace(known, operations))) throw conflict()
  await log.write(by.nonce === undefined ? undefined : { id: agent, nonce: by.nonce }, async (tx, append, audit) => {
    await keepHistory(tx, append, { known, operations, history }, retirement, log.now())
    const type = kinds === byRecoveryKey ? 'key.revoked' : 'key.changed'
    await audit({ type, agent, origin, details: { op: operation.op } })
  })
  return stateOf(history)
}

const stateOf = ({ agent, version, key, closed }: Reply<typeof keys.agentRotate>) => ({ agent, version, key, closed })
