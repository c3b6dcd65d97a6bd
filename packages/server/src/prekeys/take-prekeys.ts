import type { Prekey, prekeys, Reply } from '@aicq/protocol'
import { openAgent } from '../agents/access.ts'
import type { Log, Writer } from '../events/log.ts'
import { openInstallation } from './installations.ts'
import { hasTakenOneTime, noteTaken, takeOneTime } from './prekeys.sql.ts'

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
    const take = { agent, installation, taker: taker.id }
    if (!(await hasTakenOneTime(tx, take, now))) one = await takeOneTime(tx, agent, installation, now)
    if (one) await noteTaken(tx, take, now + day)
    const given = one ?? last_resort
    return { signed, ...(given ? { one_time: given } : {}) }
  })
}
