import { type Event, type events, type Input, ProtocolError, type Reply } from '@aicq/protocol'
import { threadsOf } from '../messages/access.ts'
import { begin, placeOf } from './begin.ts'
import type { Told } from './entry.ts'
import { ask, look } from './look.ts'
import type { StreamOptions } from './open-streams.ts'
import { pack } from './pack.ts'
import { readOn } from './reading.ts'
import type { Delivery, StreamReader, Streams } from './streams.ts'
import type { View } from './view.ts'

/** Bytes of a reply after which the rest is left for another. */
const enough = 1024 * 1024

/** What happened after a cursor, in one reply (spec/realtime.md#sync). Errors: `room_not_found`, `resync_required`. */
export async function sync(
  options: StreamOptions,
  streams: Streams,
  reader: StreamReader & { readonly agent: { readonly id: string } },
  input: Input<typeof events.eventsSync>,
): Promise<Reply<typeof events.eventsSync>> {
  const { wait = 0, limit = 100, max_tokens, ...interest } = input
  const now = await look(options.db, await ask(options.keys, reader, interest), true)
  if ('over' in now) throw new ProtocolError('key_revoked', 'this key is no longer the key of this agent')
  const { view, head } = now
  if (interest.cursor === undefined)
    return { cursor: placeOf(options.cursors, head).cursor, events: [], has_more: false }
  let place = await begin({ ...options, ring: options.feed.ring }, interest.cursor, head)
  const told: Told[] = []
  for (let bytes = 0; told.length < limit && bytes < enough; ) {
    const part = await readOn(options, view, place, head, limit - told.length)
    if (!part) break
    place = part
    told.push(...part.told)
    bytes = told.reduce((sum, { json }) => sum + json.length, 0)
  }
  if (told.length === 0 && wait > 0) {
    const came = await waitFor(streams, reader, { ...interest, cursor: place.cursor }, wait * 1000)
    const shown = came.events.slice(0, limit) as Told[]
    return answer(
      options,
      view,
      shown,
      shown.at(-1)?.cursor ?? came.cursor,
      shown.length < came.events.length,
      max_tokens,
    )
  }
  return answer(options, view, told, place.cursor, place.pos < view.at, max_tokens)
}

async function answer(
  { db, reached }: StreamOptions,
  view: View,
  told: readonly Told[],
  cursor: string,
  more: boolean,
  maxTokens: number | undefined,
): Promise<Reply<typeof events.eventsSync>> {
  const objects = (some: readonly Delivery[]) => some.map(({ json }) => JSON.parse(json.toString()) as Event)
  if (maxTokens === undefined) {
    reached(view.agent, told)
    return { cursor, events: objects(told), has_more: more }
  }
  const pids = told.flatMap(({ entry }) => (entry.said?.pid ? [[entry.said.id, entry.said.pid] as const] : []))
  const threads = new Set(
    pids.length === 0 ? [] : await threadsOf(db, view.agent!, [...new Set(pids.map(([, pid]) => pid))]),
  )
  const answers = new Set(pids.filter(([, pid]) => threads.has(pid)).map(([id]) => id))
  const { told: chosen, rest, taken } = pack(view, told, answers, maxTokens)
  const isAll = taken === told.length
  reached(view.agent, chosen)
  return {
    cursor: isAll ? cursor : told[taken - 1]!.cursor,
    events: objects(chosen),
    has_more: more || !isAll,
    ...(rest.length > 0 ? { rest: [...rest] } : {}),
  }
}

/** The next events, or none within so many milliseconds, or when the reader has gone. */
function waitFor(
  streams: Streams,
  reader: StreamReader,
  interest: Parameters<Streams['open']>[1],
  patience: number,
): Promise<{ events: readonly Delivery[]; cursor: string }> {
  return new Promise((resolve, reject) => {
    const opening = streams.open(reader, interest, {
      send: (events) => done(events),
      tellsReached: true,
      waiting: () => 0,
      drained: async () => {},
      end: () => done([]),
    })
    const timer = setTimeout(() => done([]), reader.gone?.aborted ? 0 : patience)
    reader.gone?.addEventListener('abort', () => done([]), { once: true })
    function done(events: readonly Delivery[]): void {
      clearTimeout(timer)
      opening.then((stream) => {
        const cursor = stream.cursor()
        stream.close()
        resolve({ events, cursor })
      }, reject)
    }
    opening.catch((cause) => {
      clearTimeout(timer)
      reject(cause)
    })
  })
}
