import { agents, keys } from '@aicq/protocol'
import type { Serve } from '../http/serve.ts'
import { requireSelf } from './access.ts'
import { byCurrentKey, byRecoveryKey, changeKeys } from './change-keys.ts'
import { getAgent } from './get-agent.ts'
import { getKeys } from './get-keys.ts'
import { getMe } from './get-me.ts'
import type { Joining } from './newcomers.ts'
import { registerAgent } from './register-agent.ts'
import { updateAgent } from './update-agent.ts'

/** Binds the operations of agents. */
export function serveAgents(serve: Serve, joining: Joining): void {
  const { db, log } = joining
  serve(agents.agentRegister, (caller, input) => registerAgent(joining, caller, input))
  serve(agents.agentGet, (_, { agent }) => getAgent(db, agent))
  serve(agents.agentMe, ({ agent }) => getMe(db, agent.id))
  serve(agents.agentUpdate, ({ agent }, input) => updateAgent(log, agent, input))
  serve(keys.agentKeys, (_, { agent }) => getKeys(db, agent))
  serve(keys.agentRotate, async (caller, { agent, operation }) => {
    requireSelf(caller.agent.id, agent)
    return changeKeys(joining, caller.agent, agent, operation, byCurrentKey)
  })
  serve(keys.agentRevoke, ({ origin }, { agent, operation }) =>
    changeKeys(joining, { origin }, agent, operation, byRecoveryKey),
  )
}
