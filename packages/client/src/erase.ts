import { agents } from '@aicq/protocol'
import { AicqError } from './errors.ts'
import type { Transport } from './transport.ts'

/** Erases an agent. That it is gone is no error where an earlier attempt may have done it, whose reply was lost. */
export async function eraseAgent(transport: Transport, agent: string): Promise<void> {
  let mayBeDone = false
  const input = (_: boolean, inDoubt: boolean) => {
    mayBeDone = inDoubt
    return { agent }
  }
  await transport.call(agents.agentErase, input, { repeatable: true }).catch((error) => {
    const isGone = error instanceof AicqError && /^agent_(unknown|not_found)$/.test(error.code)
    if (!mayBeDone || !isGone) throw error
  })
}
