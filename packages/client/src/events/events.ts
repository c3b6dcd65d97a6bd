import type { Event } from '@aicq/protocol'
import type { DirectMessage, Message } from '../types.ts'
import { follow, insist } from './follow.ts'
import { type Interest, wantedOf } from './link.ts'
import { Stream } from './stream.ts'
import type { Ways } from './ways.ts'

export interface EventsOptions extends Interest {
  /** Begin after it; left out: from now on. */
  readonly cursor?: string
  readonly signal?: AbortSignal
}

/** Something that happened (spec/events.md): its message is proven, its direct message read. Pass over types that you do not know. */
export type AgentEvent = Omit<Event, 'message' | 'dm'> & {
  /** `author`: as others see it; a name proves nothing. */
  readonly message?: Message & { readonly author: { readonly name?: string; readonly key: string } }
  readonly dm?: DirectMessage
}

/** How what an event tells is read and checked. */
export interface Opening {
  message(message: NonNullable<Event['message']>): Promise<NonNullable<AgentEvent['message']>>
  dm(dm: NonNullable<Event['dm']>): Promise<DirectMessage>
  /** Is done from time to time. */
  upkeep(): Promise<void>
}

/** Events as they happen. Errors: `resync_required`, whose `problem.cursor` says where to begin again. */
export class EventStream extends Stream<AgentEvent> {
  readonly #place: { cursor: string | undefined; readonly opened: PromiseWithResolvers<void> }
  #ahead: Promise<IteratorResult<AgentEvent, void>> | undefined

  constructor(options: EventsOptions, opening: Opening, ways: Ways) {
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
  const open = async ({ message, dm, ...event }: Event): Promise<AgentEvent> => ({
    ...event,
    ...(message ? { message: await opening.message(message) } : {}),
    ...(dm ? { dm: await opening.dm(dm) } : {}),
  })
  for await (const { events, cursor } of follow({
    ...ways,
    wanted: wantedOf(options),
    cursor: options.cursor,
    signal,
  })) {
    await insist(() => opening.upkeep(), signal)
    if (events.length === 0) place.cursor = cursor
    place.opened.resolve()
    for (const event of events) yield await insist(() => open(event), signal)
    place.cursor = cursor
  }
}
