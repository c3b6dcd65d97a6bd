import { type KeyHistory, type KeyOperation, keyOperationHash, takesPlace, verifyKeyHistory } from '@aicq/protocol'
import { read } from './sessions/state.ts'
import type { DmStore, Kept } from './sessions/store.ts'

/** A verified history. */
export interface Known {
  readonly operations: readonly KeyOperation[]
  readonly history: KeyHistory
}

/** Histories that a store keeps at most: beyond, none is added, so that nobody pushes out another's. */
const mostKept = 10_000

const prefix = 'keys-'

/**
 * What holds of an agent: what is offered, unless it is what the store keeps of it. `isChosen`: the agent is one with whom we deal by our
 * own will, and is remembered; of others only what is kept already goes on, so that strangers cannot fill the store.
 */
export function holding(store: DmStore, offered: Known, isChosen: boolean): Promise<Known> {
  const { operations, history } = offered
  const name = prefix + history.agent
  return store.exclusively(async (kept) => {
    const before = await read<KeyOperation[]>(kept, name)
    if (before && keyOperationHash(before.at(-1)!) === history.hash) return offered
    if (before && !(await takesPlace(before, operations)))
      return { operations: before, history: await verifyKeyHistory(history.agent, before) }
    if (before || (isChosen && saysMore(history) && (await hasRoom(kept))))
      await kept.write({ [name]: JSON.stringify(operations) })
    return offered
  })
}

/** Whether it says more than the id does: else there is nothing to remember. */
const saysMore = ({ version, recovery, dm }: KeyHistory) => version > 1 || recovery !== undefined || dm !== undefined

const hasRoom = async (kept: Kept) => (await kept.names()).filter((name) => name.startsWith(prefix)).length < mostKept
