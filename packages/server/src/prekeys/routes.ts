import { prekeys } from '@aicq/protocol'
import { openAgent } from '../agents/access.ts'
import type { Log } from '../events/log.ts'
import type { Serve } from '../http/serve.ts'
import type { Db } from '../storage/db.ts'
import { installationsOf, ownInstallations } from './installations.ts'
import { deleteInstallation } from './prekeys.sql.ts'
import { publishPrekeys } from './publish-prekeys.ts'
import { takePrekeys } from './take-prekeys.ts'

/** Binds the operations of prekeys. `lifetime`: milliseconds that a prekey may be good for at most. */
export function servePrekeys(serve: Serve, db: Db, log: Log, lifetime: number): void {
  serve(prekeys.prekeysPublish, ({ agent }, input) => publishPrekeys(log, lifetime, agent, input))
  serve(prekeys.prekeysMine, async ({ agent }) => ({
    installations: await ownInstallations(db, agent.id, log.now()),
  }))
  serve(prekeys.prekeysList, async (_, { agent }) => {
    await openAgent(db, agent)
    const all = await installationsOf(db, agent, log.now())
    return { installations: all.map(({ installation, signed }) => ({ installation, signed })) }
  })
  serve(prekeys.prekeysTake, ({ agent }, input) => takePrekeys(log, agent, input.agent, input.installation))
  serve(prekeys.prekeysWithdraw, async ({ agent }, { installation }) => {
    await log.write(agent, (tx) => deleteInstallation(tx, agent.id, installation))
    return undefined
  })
}
