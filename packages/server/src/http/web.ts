import type { FastifyInstance } from 'fastify'
import { type Received, receive } from './received.ts'

/** A request whose answer is made by a library that speaks HTTP itself. */
export interface WebRequest {
  readonly received: Received
  /** The address of the connection. */
  readonly socket: string
  /** Aborted when the connection closes before the answer has ended. */
  readonly signal: AbortSignal
  /** Aborted when the other end closes its side: it may still read an answer, and waits for nothing that is yet to happen. */
  readonly leaving: AbortSignal
}

/** Serves a path by web responses, whole or streamed; what is thrown is a problem document, as everywhere. `bodyLimit`: bytes. */
export type ServeWeb = (path: string, bodyLimit: number, answer: (request: WebRequest) => Promise<Response>) => void

export const serveWebOn =
  (app: FastifyInstance): ServeWeb =>
  (path, bodyLimit, answer) => {
    app.route({
      method: ['GET', 'POST', 'DELETE'],
      url: path,
      exposeHeadRoute: false,
      bodyLimit,
      handler: async (request, reply) => {
        const [gone, leaving] = [new AbortController(), new AbortController()]
        const leave = () => leaving.abort()
        const { socket } = request.raw
        socket.once('end', leave)
        if (socket.readableEnded) leave()
        reply.raw.once('close', () => {
          socket.off('end', leave)
          leave() // a connection that is reset has no end
          gone.abort()
        })
        const response = await answer({
          received: receive(request),
          socket: socket.remoteAddress ?? '',
          signal: gone.signal,
          leaving: leaving.signal,
        })
        reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no')
        return reply.send(response)
      },
    })
  }
