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
  closeExchanges,
  endKeys,
  findKeys,
  findLastHash,
  findOperations,
  replaceOperations,
  setCurrentKey,
  takeFormerKeys,
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
 * Makes a history the one that holds here, and its key the current one; whoever acted by another key is refused from the commit on. Keys
 * of before that are another agent's here stay so: whoever has a retired key cannot keep its agent away by registering it.
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
  await takeFormerKeys(
    tx,
    agent,
    keys.map(toKey).filter(({ did }) => did !== key && !had.includes(did)),
  )
  if (!had.includes(key)) {
    const publicKey = publicKeyOfDidKey(key)!
    await retirement.refuse(tx, publicKey)
    const { version, yielded } = await takeKey(tx, agent, publicKey, key, now)
    if (version === null) throw taken(key)
    if (yielded) await append({ type: 'agent.erased', agent: yielded })
  }
  const changed = await setCurrentKey(tx, agent, key)
  if (closed) await endKeys(tx, agent)
  if (!changed && !closed) return
  await closeExchanges(tx, agent)
  await append({ type: 'agent.key_changed', agent })
}

const toKey = ({ key }: { readonly key: string }) => ({ did: key, key: publicKeyOfDidKey(key)! })

export const conflict = () =>
  new ProtocolError(
    'key_history_conflict',
    'the key history that is known here does not end where this continues it, and holds against it',
  )

export const taken = (key: string) => new ProtocolError('key_taken', `${key} is or was the key of another agent`)
