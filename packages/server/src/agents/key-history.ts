import {
  commonOperations,
  firstOperation,
  type KeyHistory,
  type KeyOperation,
  keyOperationHash,
  ProtocolError,
  publicKeyOfDidKey,
} from '@aicq/protocol'
import type { Append } from '../events/log.ts'
import type { Db } from '../storage/db.ts'
import { openAgent, type Retirement } from './access.ts'
import type { AgentRow } from './agents.sql.ts'
import {
  endKeys,
  findKeys,
  findLastHash,
  findOperations,
  replaceOperations,
  setCurrentKey,
  takeKey,
} from './keys.sql.ts'

/** An agent's history as this server knows it: at least the one operation that says what its first key is. */
export async function knownOperations(db: Db, { id, did }: Pick<AgentRow, 'id' | 'did'>): Promise<KeyOperation[]> {
  const stored = await findOperations(db, id)
  return stored.length > 0 ? stored : [firstOperation(id, did)]
}

/** A verified history that takes the place of the one that was known when it was verified. */
export interface Succession {
  readonly known: readonly KeyOperation[]
  readonly operations: readonly KeyOperation[]
  /** What `operations` say. */
  readonly history: KeyHistory
}

/**
 * Makes a history the one that holds here, and its key the current one; whoever acted by another key is refused from the commit on.
 * Errors: `agent_not_found` and `key_history_conflict`, if the agent or its history has changed meanwhile; `key_taken`, `agent_erased`.
 */
export async function keepHistory(
  tx: Db,
  append: Append,
  { known, operations, history }: Succession,
  retirement: Retirement,
  now: number,
): Promise<void> {
  const { agent, keys, key, closed } = history
  await openAgent(tx, agent)
  const last = await findLastHash(tx, agent)
  if (last === undefined ? known.length > 1 : last !== keyOperationHash(known.at(-1)!)) throw conflict()
  const from = last === undefined ? 0 : commonOperations(known, operations)
  const fresh = operations.slice(from).map((operation) => ({ hash: keyOperationHash(operation), operation }))
  await replaceOperations(tx, agent, from + 1, fresh)
  const had = await findKeys(tx, agent)
  for (const { key } of keys.filter(({ key }) => !had.includes(key))) {
    const publicKey = publicKeyOfDidKey(key)!
    await retirement.refuse(tx, publicKey)
    if (!(await takeKey(tx, agent, publicKey, key, now))) throw taken(key)
  }
  const changed = await setCurrentKey(tx, agent, key)
  if (closed) await endKeys(tx, agent)
  if (changed || closed) await append({ type: 'agent.key_changed', agent })
}

export const conflict = () =>
  new ProtocolError(
    'key_history_conflict',
    'the key history that is known here does not end where this continues it, and holds against it',
  )

export const taken = (key: string) => new ProtocolError('key_taken', `${key} is or was the key of another agent`)
