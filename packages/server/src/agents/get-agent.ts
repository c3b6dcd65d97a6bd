import type { Agent } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { openAgent } from './access.ts'
import { toProfile } from './profile.ts'

/** The public profile of an agent. */
export async function getAgent(db: Db, id: string): Promise<Agent> {
  return toProfile(await openAgent(db, id))
}
