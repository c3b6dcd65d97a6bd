import { Buffer } from 'node:buffer'
import type { events } from '@aicq/protocol'
import type { EventStream, OpenEventStream } from '../http/event-stream.ts'
import type { Delivery, Stream, Streams } from './streams.ts'

/** Milliseconds between frames that carry a cursor alone. */
export const beat = 15_000

/** Frames of the same events are made once, for whoever gets them. */
const framed = new WeakMap<readonly Delivery[], Buffer>()

function framesOf(deliveries: readonly Delivery[]): Buffer {
  const known = framed.get(deliveries)
  if (known) return known
  const frames = Buffer.concat(
    deliveries.flatMap(({ cursor, json }) => [Buffer.from(`id: ${cursor}\ndata: `), json, twice]),
  )
  framed.set(deliveries, frames)
  return frames
}
const twice = Buffer.from('\n\n')
const placeOf = (stream: Stream) => Buffer.from(`id: ${stream.cursor()}\n\n`)

/** Writes streams as Server-Sent Events (spec/realtime.md#stream). `signal`: ends the heartbeat. */
export function openSse(streams: Streams, signal: AbortSignal): OpenEventStream<typeof events.eventsSubscribe> {
  const open = new Map<Stream, EventStream>()
  const beating = setInterval(() => {
    for (const [stream, connection] of open) connection.write(placeOf(stream))
  }, beat)
  beating.unref()
  signal.addEventListener('abort', () => clearInterval(beating))

  return async (caller, input, lastEventId, connection) => {
    const cursor = lastEventId || input.cursor
    const stream = await streams.open(
      caller,
      { ...input, cursor },
      {
        send: (deliveries) => connection.write(framesOf(deliveries)),
        waiting: connection.waiting,
        drained: connection.drained,
        end: (why) => connection.end(why === 'slow_reader'),
      },
    )
    open.set(stream, connection)
    connection.write(placeOf(stream)) // who is cut off before the first event goes on from here
    return {
      close() {
        open.delete(stream)
        stream.close()
      },
    }
  }
}
