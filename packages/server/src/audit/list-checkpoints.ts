import type { audit, Input, Reply } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { listCheckpoints as readCheckpoints } from './chain.sql.ts'
import { placeOf } from './list-audit.ts'

/** What the instance has signed, for anybody. `keys`: its did:keys, the present one first. */
export async function listCheckpoints(
  db: Db,
  keys: readonly string[],
  { order = 'desc', limit = 100, next }: Input<typeof audit.auditCheckpoints>,
): Promise<Reply<typeof audit.auditCheckpoints>> {
  const rows = await readCheckpoints(db, order, placeOf(next, order), limit + 1)
  const checkpoints = rows.slice(0, limit)
  const more = rows.length > limit
  return { keys: [...keys], checkpoints, has_more: more, ...(more ? { next: String(checkpoints.at(-1)!.count) } : {}) }
}
