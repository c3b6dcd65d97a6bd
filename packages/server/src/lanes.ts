import { GLOBAL_ROOM } from '@aicq/protocol'

/**
 * Runs all items at once, but those that go to the same place one after another, in their order, so that posts to a room get rising
 * numbers. `run` takes care of what fails by itself.
 */
export function inLanes<T, R>(
  items: readonly T[],
  laneOf: (item: T) => string | undefined,
  run: (item: T, place: number) => Promise<R>,
): Promise<R[]> {
  const lanes = new Map<string, Promise<R>>()
  const started = items.map((item, place) => {
    const lane = laneOf(item)
    if (lane === undefined) return run(item, place)
    const own = lanes.get(lane)?.then(() => run(item, place)) ?? run(item, place)
    lanes.set(lane, own)
    return own
  })
  return Promise.all(started)
}

/** Where a call goes to: the room that its parameters name, else the agent. */
export function laneOf({ room, agent }: Readonly<Record<string, unknown>>): string | undefined {
  const to = room ?? agent
  if (typeof to !== 'string') return undefined
  return to === 'global' ? GLOBAL_ROOM : to.toLowerCase()
}
