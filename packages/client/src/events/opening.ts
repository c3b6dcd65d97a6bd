import type { Event } from '@aicq/protocol'
import { openDm, type Reader } from '../dms.ts'
import { prove } from '../room.ts'
import type { Transport } from '../transport.ts'
import type { AgentEvent } from '../types-of-events.ts'

/** How what an event tells is read and checked. */
export interface Opening {
  open(event: Event): Promise<AgentEvent>
  /** Is done from time to time: others can begin sessions with this installation. */
  upkeep(): Promise<void>
}

export const openingOf = (transport: Transport, reader: Reader): Opening => ({
  async open({ message, dm, ...event }) {
    const { author, ...said } = message ?? {}
    return {
      ...event,
      ...(message ? { message: { ...(await prove(transport, said as typeof message)), author: author! } } : {}),
      ...(dm ? { dm: await openDm(transport, reader, dm) } : {}),
    }
  },
  upkeep: async () => reader.sessions?.ready(),
})
