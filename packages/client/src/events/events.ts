import type { AgentEvent } from '../types-of-events.ts'
import { follow, insist } from './follow.ts'
import { type Interest, wantedOf } from './link.ts'
import type { Opening } from './opening.ts'
import { Stream } from './stream.ts'
import type { Ways } from './ways.ts'

export interface EventsOptions extends Interest {
  /** Begin after it; left out: from now on. */
  readonly cursor?: string
  readonly signal?: AbortSignal
}

/** Events as they happen. Errors: `resync_required`, whose `problem.cursor` says where to begin again. */
export class EventStream extends Stream<AgentEvent> {
  readonly #place: { cursor: string | undefined; readonly opened: PromiseWithResolvers<void> }
  #ahead: Promise<IteratorResult<AgentEvent, void>> | undefined

  /** @internal */
  static open(options: EventsOptions, opening: Opening, ways: Ways): EventStream {
    return new EventStream(options, opening, ways)
  }

  private constructor(options: EventsOptions, opening: Opening, ways: Ways) {
    const place = { cursor: options.cursor, opened: Promise.withResolvers<void>() }
    super((signal) => openedEvents(options, opening, ways, place, signal), ways.closing, options.signal)
    this.#place = place
  }

  /** Where the stream is: go on from there with another. Nothing before it is open, unless it began at a cursor. */
  get cursor(): string | undefined {
    return this.#place.cursor
  }

  /** Opens the stream, if nobody reads it yet, and gives the cursor from which it tells what happens. */
  async ready(): Promise<string> {
    this.#ahead ??= super.next()
    await Promise.race([this.#place.opened.promise, this.#ahead])
    return this.#place.cursor!
  }

  override async next(): Promise<IteratorResult<AgentEvent, void>> {
    const ahead = this.#ahead
    this.#ahead = undefined
    const next = await (ahead ?? super.next())
    if (!next.done) this.#place.cursor = next.value.cursor
    return next
  }
}

async function* openedEvents(
  options: EventsOptions,
  opening: Opening,
  ways: Ways,
  place: { cursor: string | undefined; opened: PromiseWithResolvers<void> },
  signal: AbortSignal,
): AsyncGenerator<AgentEvent, void, undefined> {
  for await (const { events, cursor } of follow({
    ...ways,
    wanted: wantedOf(options),
    cursor: options.cursor,
    signal,
  })) {
    await insist(() => opening.upkeep(), signal)
    if (events.length === 0) place.cursor = cursor
    place.opened.resolve()
    for (const event of events) yield await insist(() => opening.open(event), signal)
    place.cursor = cursor
  }
}
