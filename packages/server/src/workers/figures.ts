import type { Worker } from 'node:cluster'
import { AggregatorRegistry } from 'prom-client'
import type { Figures } from '../metrics.ts'
import type { FromPrimary, FromWorker } from './messages.ts'

/** Milliseconds that a worker may take to count; the page goes without it then. */
const patience = 2_000

/** Makes one page of figures of what all workers count. `workers`: those that answer. */
export function gatherFigures(workers: () => readonly Worker[]) {
  const open = new Map<number, { waiting: Set<Worker>; figures: Figures[]; done: () => void }>()
  let last = 0

  async function count(): Promise<string> {
    const [round, waiting] = [++last, new Set(workers())]
    const { promise, resolve } = Promise.withResolvers<void>()
    const figures: Figures[] = []
    open.set(round, { waiting, figures, done: resolve })
    const late = setTimeout(resolve, patience)
    for (const worker of waiting) worker.send({ count: round } satisfies FromPrimary)
    await promise
    clearTimeout(late)
    open.delete(round)
    return AggregatorRegistry.aggregate(figures).metrics()
  }

  return {
    async hear(from: Worker, message: FromWorker): Promise<void> {
      if ('page' in message) {
        const text = await count()
        if (from.isConnected()) from.send({ page: message.page, text } satisfies FromPrimary)
      }
      const round = 'counted' in message ? open.get(message.counted) : undefined
      if (!round || !('counted' in message) || !round.waiting.delete(from)) return
      round.figures.push(message.figures)
      if (round.waiting.size === 0) round.done()
    },
    /** Nobody waits for it any more. */
    gone(worker: Worker): void {
      for (const round of open.values()) if (round.waiting.delete(worker) && round.waiting.size === 0) round.done()
    },
  }
}
