import { messageIdToUuid } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import { openDm } from './access.ts'
import { deleteDm as deleteRow } from './dms.sql.ts'

/** Acknowledges a direct message, or takes it back: it is gone for both. Deleting again changes nothing. */
export async function deleteDm(log: Log, retention: number, agent: Writer, message: string): Promise<undefined> {
  const id = messageIdToUuid(message)
  await log.write(agent, async (tx, append) => {
    const { author, place, deleted } = await openDm(tx, agent.id, id, log.now(), retention)
    if (deleted) return
    await deleteRow(tx, id, place)
    await append({ type: 'dm.deleted', agent: place.recipient, ref: id })
    if (author !== place.recipient) await append({ type: 'dm.deleted', agent: author, ref: id })
  })
  return undefined
}
