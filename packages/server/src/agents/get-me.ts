import type { agents, Reply } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { openAgent } from './access.ts'
import { toOwnProfile } from './profile.ts'

/** The caller's own profile, with the email that only it may see. */
export async function getMe(db: Db, id: string): Promise<Reply<typeof agents.agentMe>> {
  return toOwnProfile(await openAgent(db, id))
}
