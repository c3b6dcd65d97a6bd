import { Buffer } from 'node:buffer'
import type { Input, Operation } from '@aicq/protocol'
import type { FastifyInstance } from 'fastify'
import type { Visit } from './admit.ts'
import type { Caller, CallerOf } from './caller.ts'
import { everywhere } from './headers.ts'
import { receive } from './received.ts'
import { gateOf, type ServeOptions } from './serve.ts'

/** A connection on which Server-Sent Events are written (WHATWG HTML, 9.2). */
export interface EventStream {
  /** Writes whole frames. */
  write(frames: Buffer): void
  /** Bytes that wait for the reader. */
  waiting(): number
  /** Settles when nothing waits any more, or the connection is closed. */
  drained(): Promise<void>
  /** Ends it after what was written; `now`: at once. */
  end(now?: boolean): void
}

/** Opens what writes to the connection: an error before it has opened is a problem document. What it gives is told when the connection has closed. */
export type OpenEventStream<O extends Operation> = (
  caller: CallerOf<O> & { readonly visit: Visit },
  input: Input<O>,
  lastEventId: string | undefined,
  stream: EventStream,
) => Promise<{ close(): void }>

const preamble = Buffer.from('retry: 2000\n\n')

/** Serves an operation that streams, below `/v1` and without the prefix. */
export function serveEventStream<O extends Operation>(
  app: FastifyInstance,
  options: ServeOptions,
  op: O,
  open: OpenEventStream<O>,
): void {
  const gate = gateOf(op, options)
  for (const url of [`/v1${op.path}`, op.path])
    app.route({
      method: op.method,
      url,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const { raw } = reply
        await gate(request, reply, async (caller: Caller & { visit: Visit }, input) => {
          const lastEventId = receive(request).headers['last-event-id']
          const early: Buffer[] = []
          let isOpen = false
          const opened = await open(caller as never, input as Input<O>, lastEventId, {
            write: (frames) => void (isOpen ? raw.write(frames) : early.push(frames)),
            waiting: () => raw.writableLength,
            drained: () =>
              new Promise((resolve) => {
                if (!raw.writableNeedDrain || raw.destroyed) return resolve()
                const done = () => {
                  raw.off('drain', done).off('close', done)
                  resolve()
                }
                raw.on('drain', done).on('close', done)
              }),
            end: (now) => void (now ? raw.destroy() : raw.end()),
          })
          raw.once('close', opened.close)
          if (raw.destroyed) opened.close()
          reply.hijack()
          raw.writeHead(200, {
            ...everywhere,
            ...caller.visit.headers(),
            'x-request-id': request.id,
            'content-type': 'text/event-stream; charset=utf-8',
            'cache-control': 'no-store',
            'x-accel-buffering': 'no',
          })
          isOpen = true
          raw.write(Buffer.concat([preamble, ...early]))
        })
      },
    })
}
