import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, Server, type Socket } from 'node:net'
import { setImmediate as afterReading } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** Milliseconds for requests that clients send before they can know of a stop. */
const onTheirWay = 100
/** Connections that wait to be taken, at most: what Node asks of the kernel. */
const backlog = 511

/**
 * Begins to listen; what comes back is the bound port and a stop that first answers what has been accepted. `finish` ends what would
 * never be answered to the end: streams.
 */
export async function listen(
  app: FastifyInstance,
  host: string,
  port: number,
  stopTimeout: number,
  finish: () => Promise<void>,
) {
  const { server } = app
  const connections = new Map<Socket, Set<ServerResponse> | undefined>()
  let taken = 0
  let stopping = false
  function gone(this: Socket): void {
    connections.delete(this)
  }
  server.on('connection', (socket) => {
    taken++
    connections.set(socket, undefined)
    socket.once('close', gone)
  })
  server.prependListener('request', ({ socket }, response) => {
    if (stopping) response.shouldKeepAlive = false
    const unanswered = connections.get(socket) ?? new Set()
    // what becomes a WebSocket has none, and there may be many
    connections.set(socket, unanswered.add(response))
    response.once('close', () => unanswered.delete(response))
  })
  await app.ready()
  server.listen({ host, port, backlog })
  await once(server, 'listening')

  /** Takes the connections that the kernel has made already, one in each turn: to close would reset them, with their requests. */
  async function takeWaiting(): Promise<void> {
    await afterReading()
    for (let turn = 0, before = -1; turn < backlog && taken > before; turn++) {
      before = taken
      await afterReading()
    }
  }

  /** Not while anything is answered: Node calls a connection idle whose answer is still being written, and would cut it off. */
  async function closeIdle(): Promise<void> {
    await afterReading()
    if ([...connections.values()].some((unanswered) => unanswered && unanswered.size > 0)) return
    server.closeIdleConnections()
    for (const socket of connections.keys()) if (socket.bytesRead === 0) socket.destroy()
  }

  return {
    /** Connections that are open, and bytes that wait for whoever is at their other ends. */
    load() {
      let waiting = 0
      for (const socket of connections.keys()) waiting += socket.writableLength
      return { connections: connections.size, waiting }
    },
    port: (server.address() as AddressInfo).port,
    async stop(): Promise<void> {
      await takeWaiting()
      stopping = true
      // the close of HTTP would end idle connections at once, and with them the requests that are on their way
      const closed = new Promise((resolve) => Server.prototype.close.call(server, resolve))
      for (const unanswered of connections.values())
        for (const last of [...(unanswered ?? [])].slice(-1)) last.shouldKeepAlive = false
      const closing = setInterval(closeIdle, onTheirWay)
      const cut = setTimeout(() => {
        for (const socket of connections.keys()) socket.destroy()
      }, stopTimeout)
      // what fails here is cut off with the rest
      await finish().catch(() => {})
      await closed
      clearInterval(closing)
      clearTimeout(cut)
      await app.close()
    },
  }
}
