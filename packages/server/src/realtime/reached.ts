import type { Delivered, ReceiptRules } from '../messages/access.ts'
import type { Told } from './entry.ts'

/** Notes the messages among events that went out to an agent, where receipts are kept. */
export type Reached = (agent: string | undefined, events: readonly Told[]) => void

export function noteReached({ maxMembers }: ReceiptRules, { delivered }: Delivered): Reached {
  // readers who get the same events get the same array
  const found = new WeakMap<readonly Told[], string[]>()
  const messagesIn = (events: readonly Told[]) => {
    const known = found.get(events)
    if (known) return known
    const ids = events.flatMap(({ entry: { type, said } }) =>
      type === 'message.created' && said && said.members <= maxMembers ? [said.id] : [],
    )
    found.set(events, ids)
    return ids
  }
  return (agent, events) => {
    if (agent === undefined) return
    const ids = messagesIn(events)
    if (ids.length > 0) delivered(agent, ids)
  }
}
