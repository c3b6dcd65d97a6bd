import { ProtocolError } from '@aicq/protocol'
import { type Agents, openAgent, type Retirement } from '../agents/access.ts'
import { eraseAudit } from '../audit/access.ts'
import type { Log, Writer } from '../events/log.ts'
import type { Db } from '../storage/db.ts'
import { agentsBeingErased, appendAboutRooms, erasePart, eraseRows, hasActed, keysOf, passRooms } from './erase.sql.ts'

export interface Erasing {
  readonly db: Db
  readonly log: Log
  readonly agents: Agents
  readonly retirement: Retirement
  /** The agent that may erase others. */
  readonly admin: string | undefined
  /** Told of each agent that is erased. */
  erased(agent: string): Promise<void>
  /** Told of a deletion that failed and will be tried again. */
  readonly failed: (cause: unknown) => void
}

/** Messages of one deletion: some tens of milliseconds. */
const part = 500
/** Milliseconds that a reply waits for deletions; of more messages than that allows, the rest goes later, unseen. */
const patience = 3_000

/**
 * Erases an agent: in one transaction it is gone for everybody and its rooms have other owners; then what it said is deleted.
 * Errors: `not_self`, `agent_not_found`.
 */
export async function eraseAgent(erasing: Erasing, caller: Writer, agent: string): Promise<undefined> {
  const { db, log, agents, retirement, admin, erased, failed } = erasing
  if (caller.id !== agent && caller.id !== admin)
    throw new ProtocolError('not_self', 'only the agent itself and the administrator may erase it')
  const keys = await log.write(caller, async (tx, append, audit) => {
    const { proven } = await openAgent(tx, agent)
    const now = log.now()
    const held = await keysOf(tx, agent)
    // a registration that nobody proved, and that left nothing, may be of a key whose owner never came here
    if (caller.id === agent || proven || (await hasActed(tx, agent)))
      await retirement.retire(
        tx,
        agent,
        held.map(({ key }) => key),
      )
    const { passed, closed } = await passRooms(tx, agent, now)
    await eraseRows(tx, agent, now)
    await appendAboutRooms(tx, 'room.updated', passed, now)
    await appendAboutRooms(tx, 'room.closed', closed, now)
    await append({ type: 'agent.erased', agent })
    await eraseAudit(tx, agent)
    await audit({ type: 'agent.erased', ...(caller.id === agent ? { agent: undefined, origin: undefined } : {}) })
    return held
  })
  for (const keyid of [agent, ...keys.map(({ did }) => did)]) agents.forget(keyid)
  await erased(agent).catch(failed)
  await eraseSaid(db, agent, AbortSignal.timeout(patience)).catch(failed)
  return undefined
}

/** Deletes what an erased agent said, and what the audit says of it, by parts, until there is nothing left or `signal` aborts; it may be begun again at any time. */
async function eraseSaid(db: Db, agent: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await eraseAudit(db, agent)) > 0);
  while (!signal.aborted && (await erasePart(db, agent, part)) > 0);
}

/** Goes on with erasures that were not finished, because they are large or a server stopped; one that fails holds up no other. */
export async function finishErasures(db: Db, failed: (cause: unknown) => void, signal: AbortSignal): Promise<void> {
  for (const agent of await agentsBeingErased(db)) await eraseSaid(db, agent, signal).catch(failed)
}
