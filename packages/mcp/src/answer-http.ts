import { createMcpHandler, type McpHttpHandler } from '@modelcontextprotocol/server'
import type { Door } from './door.ts'
import { failureOf } from './failure.ts'
import { listeningIn, openRoomBus, type RoomBus } from './listen.ts'
import { openMcp } from './open-mcp.ts'

export interface HttpOptions {
  readonly version: string
  /** Told of what failed by no fault of the caller. */
  failed(error: Error): void
}

/**
 * Answers one request of Streamable HTTP. Nothing outlives it but the stream with which it may be answered, so any of several servers can
 * answer the next one.
 *
 * @param body what the request carries, parsed; `undefined`: nothing
 */
export async function answerHttp(request: Request, body: unknown, door: Door, options: HttpOptions): Promise<Response> {
  const { version, failed } = options
  const listening = listeningIn(body)
  let handler: McpHttpHandler | undefined
  let bus: RoomBus | undefined
  let fault: Error | undefined
  let isOver = false
  try {
    bus =
      listening &&
      (await openRoomBus(door, listening, () => {
        isOver = true
        void handler?.close()
      }))
  } catch (cause) {
    const failure = failureOf(door, cause)
    return Response.json({
      jsonrpc: '2.0',
      id: listening!.id,
      error: { code: -32602, message: failure.detail, data: failure },
    })
  }
  handler = createMcpHandler(({ era }) => openMcp(door, { version, subscribe: era === 'modern' }), {
    ...(bus ? { bus } : {}),
    onerror: (error) => {
      fault = error
    },
  })
  const response = await handler.fetch(request, body === undefined ? {} : { parsedBody: body })
  if (response.status >= 500 && fault) failed(fault)
  if (!bus) return response
  if (isOver) await handler.close() // before anybody listened
  if (bus.isOpen && response.body) return noting(response, response.body, bus)
  bus.close()
  return response
}

/** The same reply, read only as fast as its reader takes it; the bus hears of each frame that goes out. */
function noting(response: Response, body: ReadableStream<Uint8Array>, bus: RoomBus): Response {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const frames = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) return controller.close()
        controller.enqueue(value)
        bus.sent(decoder.decode(value))
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return new Response(frames, response)
}
