import type { keys, Reply } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { openAgent } from './access.ts'
import { knownOperations } from './key-history.ts'

/** The key history of an agent, which anyone can verify. */
export async function getKeys(db: Db, agent: string): Promise<Reply<typeof keys.agentKeys>> {
  return { agent, operations: await knownOperations(db, await openAgent(db, agent)) }
}
