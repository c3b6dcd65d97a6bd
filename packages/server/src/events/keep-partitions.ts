import type { Db } from '../storage/db.ts'

/**
 * Makes the tables of the days to come, and drops those whose time has passed. What was in use just now is left for the next time.
 *
 * @param eventRetention milliseconds that events are kept
 */
export async function keepPartitions(db: Db, now: number, eventRetention: number): Promise<void> {
  await db.transaction(async (tx) => {
    // a first start makes a hundred tables, for which a slow disk needs more time than a request may take
    await tx.query(`set local statement_timeout = '2min'`)
    await tx.query('select make_partitions($1)', [now])
  })
  await db.query('select empty_next_nonces($1)', [now])
  const spent = await db.query<{ part: string }>('select spent_partitions($1, $2) as part', [now, eventRetention])
  for (const { part } of spent) await db.query('select drop_partition($1, $2, $3)', [part, now, eventRetention])
}
