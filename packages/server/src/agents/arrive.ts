import {
  type agents,
  type Input,
  keyOperationHash,
  ProtocolError,
  publicKeyOfDidKey,
  takesPlace,
  verifyKeyHistory,
} from '@aicq/protocol'
import type { Origin } from '../origin.ts'
import { findAgentById, insertAgent, proveAgent } from './agents.sql.ts'
import { conflict, keepHistory, knownOperations, taken } from './key-history.ts'
import { findOwnerOfKey } from './keys.sql.ts'
import type { Joining } from './newcomers.ts'

/** Who comes: the key that signed the request, and what it says about itself. */
interface Arrival {
  readonly did: string
  readonly nonce?: string | undefined
  readonly name: string | undefined
  readonly email: string | undefined
  readonly origin: Origin | undefined
}

/**
 * Takes an agent with its key history, from another server or with a recovery key from the first moment on. Where the agent is known, the
 * rules of forks decide (spec/key-history.md#forks). Errors: `key_history_invalid`, `invalid_public_key`, `key_history_conflict`,
 * `key_taken`, `agent_closed`, `agent_erased`, those of a server that does not take everybody.
 */
export async function arriveWithHistory(
  { db, log, newcomers, retirement, registered }: Joining,
  { did, nonce, name, email, origin }: Arrival,
  input: Input<typeof agents.agentRegister>,
): Promise<{ id: string; isNew: boolean }> {
  const operations = input.operations!
  const id = operations[0]!.agent
  const row = await findAgentById(db, id)
  const first = publicKeyOfDidKey(operations[0]!.key ?? '')
  // a server that lets nobody in does no more work for it; that the key is the agent's is seen below
  const accept = row || !first ? undefined : newcomers.judge(first, true, input)
  const history = await verifyKeyHistory(id, operations)
  if (history.closed) throw new ProtocolError('agent_closed', 'the history that was sent ends with a close')
  if (history.key !== did)
    throw new ProtocolError('invalid_public_key', `public_key is ${did}, but the history leads to ${history.key}`)
  const known = row ? await knownOperations(db, row) : operations.slice(0, 1)
  const isSame = keyOperationHash(known.at(-1)!) === history.hash
  if (row && !isSame && !(await takesPlace(known, operations))) throw conflict()
  await log.write({ id, nonce, origin }, async (tx, append, audit) => {
    const now = log.now()
    const present = await findAgentById(tx, id)
    if ((present === undefined) !== (row === undefined)) throw conflict()
    if (!present) {
      const { key } = history.keys[0]!
      if (await findOwnerOfKey(tx, first!)) throw taken(key)
      const invitation = await accept!(tx)
      await insertAgent(tx, { id, key: first!, did: key, name, email, proven: true, joinedAt: now })
      await append({ type: 'agent.joined', agent: id })
      await audit({ type: 'agent.registered', details: { proven: true, ...(invitation ? { invitation } : {}) } })
    }
    if (!isSame || !row) await keepHistory(tx, append, { known, operations, history }, retirement, now)
    if (present && !isSame) await audit({ type: 'key.changed', details: { op: 'arrived' } })
    if (present && !present.proven) await proveAgent(tx, id, name, email)
  })
  if (!row) registered()
  return { id, isNew: row === undefined }
}
