import type { Prekey, prekeys, Reply } from '@aicq/protocol'
import { openAgent } from '../agents/access.ts'
import type { Log, Writer } from '../events/log.ts'
import { openInstallation } from './installations.ts'
import { mayTakeOneTime, takeOneTime } from './prekeys.sql.ts'

const day = 86_400_000

/**
 * Gives what begins a session with an installation. A one-time prekey is given to nobody else; a taker gets one a day of each
 * installation, so that nobody can use them up alone. Errors: `agent_not_found`, `installation_not_found`.
 */
export async function takePrekeys(
  log: Log,
  taker: Writer,
  agent: string,
  installation: string,
): Promise<Reply<typeof prekeys.prekeysTake>> {
  return log.write(taker, async (tx) => {
    const now = log.now()
    await openAgent(tx, agent)
    const { signed, last_resort } = await openInstallation(tx, agent, installation, now)
    let one: Prekey | undefined
    if (await mayTakeOneTime(tx, { agent, installation, taker: taker.id }, now, now + day))
      one = await takeOneTime(tx, agent, installation, now)
    const given = one ?? last_resort
    return { signed, ...(given ? { one_time: given } : {}) }
  })
}
