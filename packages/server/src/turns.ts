import { performance } from 'node:perf_hooks'
import { setImmediate as afterOthers, setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'

/** Has work done when it is its turn. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>

/** Milliseconds that the process works in one go while somebody has a turn. */
const slice = 2
/** And for which it then leaves the processor to others at most. */
const longest = 10

const loop = () => performance.eventLoopUtilization()

/**
 * Queues for work of which there can be much at once, and which can wait: a thousand readers who come back are to hold up no post. So
 * many at once of a queue have their turn, each after what else waits to be done; and all queues together rest as long as they work.
 */
export function openTurns(): (atOnce: number) => Turn {
  let since = loop()
  let busy = 0
  let resting: Promise<void> | undefined

  async function rest(ms: number): Promise<void> {
    await sleep(ms)
    since = loop()
    resting = undefined
  }

  return (atOnce) => {
    const limit = pLimit(atOnce)
    return (work) => {
      if (busy++ === 0) since = loop()
      return limit(async () => {
        await afterOthers()
        const { active } = performance.eventLoopUtilization(since)
        if (active > slice) resting ??= rest(Math.min(active, longest))
        await resting
        return work()
      }).finally(() => busy--)
    }
  }
}
