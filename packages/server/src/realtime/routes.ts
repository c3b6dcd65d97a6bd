import { events } from '@aicq/protocol'
import type { OpenEventStream } from '../http/event-stream.ts'
import type { Serve } from '../http/serve.ts'
import type { Delivered, ReceiptRules } from '../messages/access.ts'
import { type FeedOptions, openFeed } from './feed.ts'
import { openStreams, type StreamOptions } from './open-streams.ts'
import { noteReached } from './reached.ts'
import { renderer } from './render.ts'
import { openSse } from './sse.ts'
import type { Streams } from './streams.ts'
import { sync } from './sync.ts'

/** What streams need from the rest of the server. */
export type RealtimeOptions = Omit<StreamOptions, 'feed' | 'render' | 'reached'> & {
  readonly receipts: ReceiptRules
  readonly delivered: Delivered
  /** Milliseconds that a direct message lives. */
  readonly dmRetention: number
} & Pick<FeedOptions, 'onWake' | 'tracing' | 'handedOut'>

/** Follows the log for those who read events. */
export function openRealtime(options: RealtimeOptions) {
  const render = renderer(options)
  const feed = openFeed({ ...options, render })
  const all = { ...options, render, feed, reached: noteReached(options.receipts, options.delivered) }
  const streams = openStreams(all)
  const standing = () => ({ streams: streams.size(), position: feed.position() })
  return { streams, all, standing, [Symbol.asyncDispose]: feed.close }
}

/** Binds the operations of events. `signal`: when the server stops. */
export function serveEvents(
  serve: Serve,
  serveStream: (op: typeof events.eventsSubscribe, open: OpenEventStream<typeof events.eventsSubscribe>) => void,
  { streams, all }: { streams: Streams; all: StreamOptions },
  signal: AbortSignal,
): void {
  serve(events.eventsSync, (caller, input) => sync(all, streams, caller, input))
  serveStream(events.eventsSubscribe, openSse(streams, signal))
}
