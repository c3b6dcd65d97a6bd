import type { Db } from '../storage/db.ts'
import { type Audited, audit } from './access.ts'
import { waitLittle } from './audit.sql.ts'

/**
 * Writes down that a server starts. A start waits for nobody: if somebody holds the log's lock just now, what is returned tries again,
 * and is to be called until it succeeds.
 */
export async function recordStart(
  db: Db,
  at: number,
  details: Pick<Audited, 'subject' | 'details'>,
): Promise<(() => Promise<void>) | undefined> {
  const write = () =>
    db.transaction(async (tx) => {
      await waitLittle(tx)
      await audit(tx, at, { type: 'server.started', ...details })
    })
  return write().then(
    () => undefined,
    () => write,
  )
}
