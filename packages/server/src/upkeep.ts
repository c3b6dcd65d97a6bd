import { keepPartitions } from './events/keep-partitions.ts'
import { forgetMentions } from './events/page.sql.ts'
import { every } from './every.ts'
import { dropExpiredExchanges } from './keyexchange/keyexchange.sql.ts'
import { finishErasures } from './leaving/erase-agent.ts'
import { dropExpired } from './prekeys/prekeys.sql.ts'
import type { Db } from './storage/db.ts'

/** What is done each minute until `signal` ends it: room is made, what has expired goes, and erasures that were cut off are finished. */
export async function upkeep(
  db: Db,
  { now, eventRetention, failed }: { now: () => number; eventRetention: number; failed: (cause: unknown) => void },
  signal: AbortSignal,
): Promise<void> {
  const minutely = (work: () => Promise<void>) => every(60_000, work, failed, signal)
  await Promise.all([
    finishErasures(db, failed, signal).catch(failed),
    minutely(() => finishErasures(db, failed, signal)),
    minutely(() => keepPartitions(db, now(), eventRetention)),
    minutely(() => forgetMentions(db)),
    minutely(() => dropExpired(db, now())),
    minutely(() => dropExpiredExchanges(db, now())),
  ])
}
