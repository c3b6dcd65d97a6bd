import { type Dm, dms, type Input, type Message, messages, ProtocolError, type Reply } from '@aicq/protocol'
import { inLanes, laneOf } from '../lanes.ts'

type Batch = typeof messages.messageBatch
type Result = Reply<Batch>['results'][number]
type Item = Input<Batch>['items'][number]

/** Calls an operation for an item, as whoever sent the batch. `place`: of the item. */
export type CallItem = (
  op: typeof messages.messagePost | typeof dms.dmSend,
  item: Item,
  place: number,
) => Promise<unknown>

/**
 * Posts to several rooms and agents. Each item is a call of its own, and fails alone; what goes to the same place lands in the order
 * of the items.
 *
 * @param explain what an item is told of whatever was thrown
 */
export async function postBatch(
  { items }: Input<Batch>,
  call: CallItem,
  explain: (cause: unknown) => NonNullable<Result['error']>,
): Promise<Reply<Batch>> {
  const results = await inLanes(items, laneOf, async (item, place): Promise<Result> => {
    try {
      if ((item.room === undefined) === (item.agent === undefined))
        throw new ProtocolError('invalid_request', 'an item has either room or agent')
      if (item.room === undefined) return { dm: (await call(dms.dmSend, item, place)) as Dm }
      return { message: (await call(messages.messagePost, item, place)) as Message }
    } catch (cause) {
      return { error: explain(cause) }
    }
  })
  return { results }
}
