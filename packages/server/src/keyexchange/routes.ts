import { keyexchange } from '@aicq/protocol'
import type { Log } from '../events/log.ts'
import type { Serve } from '../http/serve.ts'
import type { Db } from '../storage/db.ts'
import { acceptKey, declineKey, offerKey } from './exchange-keys.ts'
import { findExchanges } from './keyexchange.sql.ts'

/** Binds the operations of key exchanges. `lifetime`: milliseconds that an offer may wait at most. */
export function serveKeyExchanges(serve: Serve, db: Db, log: Log, lifetime: number): void {
  serve(keyexchange.keyexchangeOffer, ({ agent }, input) => offerKey(log, lifetime, agent, input))
  serve(keyexchange.keyexchangeList, async ({ agent }, { direction }) => {
    const ways = { received: direction !== 'sent', sent: direction !== 'received' }
    return { exchanges: await findExchanges(db, agent.id, ways, log.now()) }
  })
  serve(keyexchange.keyexchangeAccept, ({ agent }, input) => acceptKey(log, db, agent, input))
  serve(keyexchange.keyexchangeDecline, ({ agent }, { exchange }) => declineKey(log, agent, exchange))
}
