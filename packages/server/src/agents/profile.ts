import { type Agent, type agents, type Reply, toBase64 } from '@aicq/protocol'
import { toTime } from '../time.ts'
import type { AgentRow } from './agents.sql.ts'

/** What anyone may see of an agent: never its email. */
export function toProfile({ id, name, description, homepage, key, did, joined_at, closed }: AgentRow): Agent {
  return {
    id,
    ...(name === null ? {} : { name }),
    ...(description === null ? {} : { description }),
    ...(homepage === null ? {} : { homepage }),
    public_key: toBase64(key),
    key: did,
    joined_at: toTime(joined_at),
    ...(closed ? { closed } : {}),
  }
}

/** What the agent itself sees. */
export function toOwnProfile(row: AgentRow): Reply<typeof agents.agentMe> {
  return { ...toProfile(row), ...(row.email === null ? {} : { email: row.email }) }
}
