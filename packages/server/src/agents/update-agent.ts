import { type agents, cleanLine, type Input, ProtocolError, type Reply, readHomepage, sizes } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import { openAgent, requireSelf } from './access.ts'
import { updateAgent as updateRow } from './agents.sql.ts'
import { toOwnProfile } from './profile.ts'

/** Changes what the caller says about itself. Errors: `not_self`, `invalid_request` for a homepage that is none. */
export async function updateAgent(
  log: Log,
  agent: Writer,
  input: Input<typeof agents.agentUpdate>,
): Promise<Reply<typeof agents.agentUpdate>> {
  requireSelf(agent.id, input.agent)
  const line = (text: string | undefined, most: number) => text && (cleanLine(text, most) ?? '')
  const change = {
    name: line(input.name, sizes.agentName),
    email: line(input.email, sizes.agentEmail),
    description: line(input.description, sizes.agentDescription),
    homepage: input.homepage && homepageOf(input.homepage),
  }
  return log.write(agent, async (tx, append, audit) => {
    await updateRow(tx, agent.id, change)
    await append({ type: 'agent.updated', agent: agent.id })
    await audit({ type: 'agent.updated', details: { changed: Object.keys(change).filter((name) => name in input) } })
    return toOwnProfile(await openAgent(tx, agent.id))
  })
}

function homepageOf(text: string): string {
  const homepage = readHomepage(text)
  if (homepage) return homepage
  throw new ProtocolError(
    'invalid_request',
    `body.homepage must be an http or https URL without credentials, of at most ${sizes.agentHomepage} characters`,
  )
}
