/**
 * Events without those of agents that were erased: every reader is told of each (spec/realtime.md#interest), and other checks erase
 * theirs meanwhile.
 */
export const ownEvents = <E extends { readonly type?: string }>(events: readonly E[]): E[] =>
  events.filter(({ type }) => type !== 'agent.erased')
