import type { Event } from '@aicq/protocol'
import { AicqError } from '../errors.ts'
import { follow, insist } from './follow.ts'
import { type Interest, wantedOf } from './link.ts'
import type { Ways } from './ways.ts'

/** Things given last that are remembered: as many as a log that was restored may have lost. */
const remembered = 1_000

/** Things in an order, which are kept and can be followed. */
export interface Source<Wire extends { readonly id: string }, T> {
  readonly interest: Interest
  /** Those after a place, oldest first; without a place, the newest one. `cursor`: from where to follow then. */
  page(after: number | undefined): Promise<{ items: readonly Wire[]; has_more: boolean; cursor: string }>
  /** Where a thing is in the order. */
  placeOf(item: Wire): number
  /** What an event tells of such a thing. */
  of(event: Event): Wire | undefined
  /** Reads and checks it. */
  open(item: Wire): Promise<T>
  /** Is done from time to time. */
  upkeep?(): Promise<void>
}

export interface ReadOn {
  /** Begin after this place; left out: from now on. */
  readonly since: number | undefined
  /** Whether to go on with what comes. */
  readonly follow: boolean
}

/**
 * What is kept, then what comes, without a hole between them and nothing twice. Where the stream cannot go on from its cursor, what was
 * missed is read again by its place.
 */
export async function* readOn<Wire extends { readonly id: string }, T>(
  source: Source<Wire, T>,
  { since, follow: goesOn }: ReadOn,
  ways: Ways,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const given = new Map<string, number>()
  let place = since
  const isNew = (item: Wire) => {
    if (given.has(item.id)) return false
    place = source.placeOf(item)
    given.set(item.id, place)
    if (given.size > remembered) given.delete(given.keys().next().value!)
    return true
  }
  // who cannot begin hears why; who has begun goes on
  for (let ask = <R>(work: () => Promise<R>) => work(); ; ask = (work) => insist(work, signal)) {
    await ask(async () => source.upkeep?.())
    let page = await ask(() => source.page(place))
    if (place === undefined) place = page.items[0] ? source.placeOf(page.items[0]) : 0
    else
      while (true) {
        for (const item of page.items) if (isNew(item)) yield await ask(() => source.open(item))
        if (!page.has_more) break
        const after = source.placeOf(page.items.at(-1)!)
        page = await ask(() => source.page(after))
      }
    if (!goesOn) return
    try {
      const { cursor } = page
      for await (const { events } of follow({ ...ways, wanted: wantedOf(source.interest), cursor, signal })) {
        await insist(async () => source.upkeep?.(), signal)
        for (const event of events) {
          const item = source.of(event)
          if (item && isNew(item)) yield await insist(() => source.open(item), signal)
        }
      }
    } catch (error) {
      if (!(error instanceof AicqError) || error.code !== 'resync_required') throw error
      // from before what was given last: a log that was restored has other things there
      place = Math.max(0, (given.values().next().value ?? place! + 1) - 1)
    }
  }
}
