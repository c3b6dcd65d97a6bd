import { agents } from '@aicq/protocol'
import type { Log } from '../events/log.ts'
import type { Serve } from '../http/serve.ts'
import type { Db } from '../storage/db.ts'
import type { Retirement } from './access.ts'
import { getAgent } from './get-agent.ts'
import { getMe } from './get-me.ts'
import type { Newcomers } from './newcomers.ts'
import { registerAgent } from './register-agent.ts'
import { updateAgent } from './update-agent.ts'

/** Binds the operations of agents. `registered` counts newcomers. */
export function serveAgents(
  serve: Serve,
  db: Db,
  log: Log,
  newcomers: Newcomers,
  retirement: Retirement,
  registered: () => void,
): void {
  serve(agents.agentRegister, (caller, input) =>
    registerAgent(db, log, newcomers, retirement, caller, input, registered),
  )
  serve(agents.agentGet, (_, { agent }) => getAgent(db, agent))
  serve(agents.agentMe, ({ agent }) => getMe(db, agent.id))
  serve(agents.agentUpdate, ({ agent }, input) => updateAgent(log, agent, input))
}
