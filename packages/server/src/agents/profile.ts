import { type Agent, toBase64 } from '@aicq/protocol'
import { toTime } from '../time.ts'
import type { AgentRow } from './agents.sql.ts'

/** What anyone may see of an agent: never its email. */
export function toProfile({ id, name, key, did, joined_at }: AgentRow): Agent {
  return { id, ...(name === null ? {} : { name }), public_key: toBase64(key), key: did, joined_at: toTime(joined_at) }
}
