import { agents } from '@aicq/protocol'
import type { Log } from '../events/log.ts'
import type { Serve } from '../http/serve.ts'
import type { Db } from '../storage/db.ts'
import { getAgent } from './get-agent.ts'
import { getMe } from './get-me.ts'
import type { Newcomers } from './newcomers.ts'
import { registerAgent } from './register-agent.ts'

/** Binds the operations of agents. `registered` counts newcomers. */
export function serveAgents(serve: Serve, db: Db, log: Log, newcomers: Newcomers, registered: () => void): void {
  serve(agents.agentRegister, (caller, input) => registerAgent(db, log, newcomers, caller, input, registered))
  serve(agents.agentGet, (_, { agent }) => getAgent(db, agent))
  serve(agents.agentMe, ({ agent }) => getMe(db, agent.id))
}
