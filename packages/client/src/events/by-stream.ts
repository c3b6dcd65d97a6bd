import { type Event, events } from '@aicq/protocol'
import type { Transport } from '../transport.ts'
import { EventStreamParser, type Frame } from './event-stream.ts'
import { Broken, type Link, silence, type Told, within } from './link.ts'

/** Events by Server-Sent Events (spec/realtime.md#stream). What is not asked for is not read: then the server cuts it off. */
export const byStream = (transport: Transport): Link =>
  async function* ({ input, roomKeys }, cursor, signal) {
    const from = cursor === undefined ? {} : { cursor }
    const options = { signal, roomKeys, attempts: 1, timeout: silence.opening }
    const asked = () => ({ ...input, ...from })
    const { body, headers } = await transport.open(events.eventsSubscribe, asked, options).catch((error) => {
      // a proxy that waits for the end of the stream
      if (error.cause?.name === 'TimeoutError') throw new Broken(error.message, { isBlocked: true })
      throw error
    })
    if (!body || !/^text\/event-stream\b/.test(headers.get('content-type') ?? ''))
      throw new Broken('what answers is no stream of events', { isBlocked: true })
    const reader = body.pipeThrough(new TextDecoderStream()).getReader()
    const parser = new EventStreamParser()
    try {
      for (let patience: number = silence.opening; ; patience = silence.open) {
        const isFirst = patience === silence.opening
        const part = await within(reader.read(), patience, isFirst).catch((cause) => {
          throw cause instanceof Broken ? cause : new Broken((cause as Error).message, { isBlocked: isFirst })
        })
        if (part.done) throw new Broken('the stream ended')
        const frames = framesOf(parser, part.value)
        const start = isFirst && frames[0]?.data === undefined ? (frames[0]?.id ?? cursor) : undefined
        if (start !== undefined) yield { events: [], cursor: start }
        const told = toldBy(frames)
        if (told) yield told
      }
    } finally {
      await reader.cancel().catch(() => {})
    }
  }

function framesOf(parser: EventStreamParser, text: string): Frame[] {
  try {
    return parser.push(text)
  } catch (cause) {
    throw new Broken(`what came is no stream of events: ${(cause as Error).message}`, { isBlocked: true })
  }
}

function toldBy(frames: readonly Frame[]): Told | undefined {
  try {
    const happened = frames.flatMap(({ data }) => (data === undefined ? [] : [JSON.parse(data) as Event]))
    const cursor = frames.findLast(({ id }) => id)?.id ?? happened.at(-1)?.cursor
    return cursor === undefined ? undefined : { events: happened, cursor }
  } catch (cause) {
    throw new Broken(`what came is no event: ${(cause as Error).message}`, { isBlocked: true })
  }
}
