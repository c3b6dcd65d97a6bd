/** How it stands with a store: it is asked, it is away, or it is being looked at. */
export const breakerStates = ['closed', 'open', 'half-open'] as const
export type BreakerState = (typeof breakerStates)[number]
