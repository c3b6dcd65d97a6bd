import type { limits, Reply } from '@aicq/protocol'

type Standing = Reply<typeof limits.limitsGet>['limits'][number]

/** What admission tells of a limit; times in milliseconds. */
interface Told {
  readonly budget: Pick<Standing, 'operation' | 'per' | 'max' | 'window'>
  readonly taken: { readonly used: number; readonly reset: number }
}

/** How much of each limit is used. */
export function getLimits(standings: readonly Told[], now: number): Reply<typeof limits.limitsGet> {
  const told = standings.map(({ budget: { operation, per, max, window }, taken }) => ({
    operation,
    per,
    max,
    window,
    used: taken.used,
    remaining: Math.max(0, max - taken.used),
    reset: Math.ceil((now + taken.reset) / 1000),
  }))
  return { limits: told }
}
