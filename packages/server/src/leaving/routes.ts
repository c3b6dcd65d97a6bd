import { agents } from '@aicq/protocol'
import type { Serve } from '../http/serve.ts'
import { type Erasing, eraseAgent } from './erase-agent.ts'
import { exportAgent } from './export-agent.ts'

/** Binds what agents need to leave and to take along. `url`: where the server is reached. */
export function serveLeaving(serve: Serve, erasing: Erasing, url: () => string): void {
  const { db, log } = erasing
  serve(agents.agentErase, (caller, { agent }) => eraseAgent(erasing, caller.agent, agent))
  serve(agents.agentExport, (caller, { agent }) => exportAgent(db, log, url(), caller.agent, agent))
}
