import { cleanLine, type Input, type Presence, type presence, sizes } from '@aicq/protocol'
import type { Agents, KnownAgent } from '../agents/access.ts'
import type { Attending } from '../coordination/coordination.ts'
import { keyRevoked } from '../events/log.ts'
import type { Presences } from './access.ts'
import { idleAfter } from './state.ts'

export interface Saying {
  readonly attending: Attending
  readonly presences: Presences
  readonly agents: Pick<Agents, 'isCurrent'>
  now(): number
}

/** The holder that an agent itself is. */
const itself = 'itself'

/** Keeps that an agent is there, and what it says of that. Errors: `key_revoked`. */
export async function setPresence(
  { attending, presences, agents, now }: Saying,
  agent: Pick<KnownAgent, 'id' | 'did' | 'keyVersion'>,
  { status, busy = false, for: seconds = 120 }: Input<typeof presence.presenceSet>,
): Promise<Presence> {
  const { id } = agent
  const at = now()
  await attending.hold(itself, [{ agent: id, since: at, acted: at }], at + seconds * 1000)
  await attending.act(id, at, idleAfter)
  await attending.say(id, { status: status === undefined ? undefined : cleanLine(status, sizes.presenceStatus), busy })
  // erased meanwhile: nothing of it stays
  if (!(await agents.isCurrent(agent))) {
    await presences.forget(id)
    throw keyRevoked()
  }
  return (await presences.get([id]))[0]!
}
