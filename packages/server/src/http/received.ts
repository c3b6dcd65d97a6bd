import type { FastifyRequest } from 'fastify'

/** A request as it came over the wire, before anyone has judged it. */
export interface Received {
  /** The request's id, which its reply carries too. */
  readonly id: string
  readonly method: string
  /** Host and port it is meant for, lower case, without the default port of HTTP. */
  readonly authority: string
  /** As sent, up to the question mark. */
  readonly path: string
  /** As sent, from the question mark on; `?` where there is none (RFC 9421, 2.2.7). */
  readonly query: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  /** The body, where it is a JSON object. */
  json?: Readonly<Record<string, unknown>>
  /** The trace that it belongs to, where there are traces. */
  traceparent?: string
}

const nothing = new Uint8Array(0)

/** What Fastify makes of a request; of one that becomes a socket, it makes nothing. */
export type AsReceived = Pick<FastifyRequest, 'id' | 'method' | 'headers' | 'body'> & {
  readonly raw: { readonly url?: string | undefined }
}

export function receive(request: AsReceived): Received {
  const url = request.raw.url ?? '/'
  const mark = url.indexOf('?')
  return {
    id: request.id,
    method: request.method,
    authority: (request.headers.host ?? '').toLowerCase(),
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '?' : url.slice(mark),
    // Node joins repeated headers into one text, but for a few that no operation reads
    headers: request.headers as Record<string, string | undefined>,
    body: request.body instanceof Uint8Array ? request.body : nothing,
  }
}
