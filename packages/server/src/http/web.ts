import type { FastifyInstance } from 'fastify'
import { type Received, receive } from './received.ts'

/** A request whose answer is made by a library that speaks HTTP itself. */
export interface WebRequest {
  readonly received: Received
  /** The address of the connection. */
  readonly socket: string
  /** Aborted when the connection closes before the answer has ended. */
  readonly signal: AbortSignal
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
        const gone = new AbortController()
        reply.raw.once('close', () => gone.abort())
        const socket = request.raw.socket.remoteAddress ?? ''
        const response = await answer({ received: receive(request), socket, signal: gone.signal })
        reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no')
        return reply.send(response)
      },
    })
  }
