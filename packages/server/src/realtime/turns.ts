import { setImmediate as afterOthers } from 'node:timers/promises'
import pLimit from 'p-limit'

/** Has work done in turns, a few at once, each after what else waits to be done: a thousand readers who come back at once hold up no post. */
export function openTurns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const limit = pLimit(atOnce)
  return (work) =>
    limit(async () => {
      await afterOthers()
      return work()
    })
}
