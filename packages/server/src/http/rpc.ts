import { sizes } from '@aicq/protocol'
import type { FastifyInstance } from 'fastify'
import { readTraceparent } from '../tracing.ts'
import { isSigned } from './admit.ts'
import { claimedIn, type Identification, identifyEach } from './caller.ts'
import type { Calls } from './calls.ts'
import { answerJsonRpc } from './json-rpc.ts'
import { receive } from './received.ts'
import { requireJson } from './serve.ts'

/** Serves every operation as a method of JSON-RPC 2.0 at `/v1/rpc` (spec/realtime.md#rpc-over-http). */
export function serveRpc(app: FastifyInstance, calls: Calls, identification: Identification): void {
  app.route({
    method: 'POST',
    url: '/v1/rpc',
    bodyLimit: sizes.requestBytesRpc,
    handler: async (request, reply) => {
      const since = performance.now()
      const received = receive(request)
      const { headers, body, id } = received
      if (body.length > 0) requireJson(headers)
      const identify = identifyEach(received, identification)
      const by = {
        request: id,
        socket: request.raw.socket.remoteAddress ?? '',
        forwarded: headers['x-forwarded-for'],
        signed: isSigned(headers),
        traceparent: readTraceparent(headers.traceparent),
        claimed: () => claimedIn(headers),
        since,
      }
      const text = await answerJsonRpc(body, {
        answer(method, params, place) {
          const op = calls.find(method)
          return op && calls.call(op, params, { ...by, identify: (...call) => identify(...call, place) })
        },
        explain: (cause) => calls.explain(cause, id),
      })
      if (text === undefined) return reply.code(204).send()
      return reply.type('application/json; charset=utf-8').send(text)
    },
  })
}
