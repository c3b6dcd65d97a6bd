import type { McpServer, Transport } from '@modelcontextprotocol/server'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import type { Door } from './door.ts'
import { Following } from './following.ts'
import { listeningIn } from './listen.ts'
import { openMcp } from './open-mcp.ts'

export interface StdioOptions {
  readonly version: string
  /** Ends it. */
  readonly signal: AbortSignal
  /** Told of what failed and is nobody's answer. */
  failed(error: Error): void
}

/** Who asked by `resources/subscribe`, of which a connection has one. */
const connection = 'connection'

/** Serves MCP on stdin and stdout, in its revisions of 2025 and 2026; settles when the other end has gone, or `signal` ends it. */
export async function serveMcpOnStdio(door: Door, { version, signal, failed }: StdioOptions): Promise<void> {
  const ended = Promise.withResolvers<void>()
  let server: McpServer | undefined
  const following = new Following(door, (uri) => void server?.server.sendResourceUpdated({ uri }).catch(failed))
  const handle = serveStdio(
    () => {
      server = openMcp(door, {
        version,
        subscribe: true,
        subscriptions: {
          add: (room, uri) => following.add(room, uri, connection),
          drop: (room, uri) => following.drop(connection, room, uri),
        },
      })
      return server
    },
    {
      onerror: failed,
      transport: watched((message) => listen(following, message).catch(failed), ended.resolve),
    },
  )
  const stop = () => void handle.close().catch(failed).finally(ended.resolve)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  await ended.promise
  signal.removeEventListener('abort', stop)
  following.close()
}

/** In the revision of 2026 the library answers who listens: we only have to know of which rooms. */
async function listen(following: Following, message: unknown): Promise<void> {
  const { method, params } = message as { method?: string; params?: { requestId?: string | number } }
  if (method === 'notifications/cancelled' && params?.requestId !== undefined) await following.drop(params.requestId)
  const listening = listeningIn(message)
  for (const [room, uris] of listening?.rooms ?? [])
    for (const uri of uris) await following.add(room, uri, listening!.id)
}

/** Stdin and stdout, each message of which is seen before it is served. */
function watched(seen: (message: unknown) => void, closed: () => void): Transport {
  const wire = new StdioServerTransport()
  const transport: Transport = {
    start() {
      wire.onmessage = (message) => {
        seen(message)
        transport.onmessage?.(message)
      }
      wire.onclose = () => {
        transport.onclose?.()
        closed()
      }
      wire.onerror = (error) => transport.onerror?.(error)
      return wire.start()
    },
    send: (message) => wire.send(message),
    close: () => wire.close(),
  }
  return transport
}
