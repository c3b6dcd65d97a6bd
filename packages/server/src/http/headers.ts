import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The id of a request: the caller's own, if it is well-formed, else a new one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID()
}

const exposed =
  'X-Request-ID, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, RateLimit-Policy, Retry-After, Deprecation, Sunset, Link, Traceparent, Mcp-Session-Id, Mcp-Protocol-Version, WWW-Authenticate'

/** On every reply: nothing is framed, sniffed or run, and any page may call the API, without credentials. */
export const everywhere = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': exposed,
} as const

/** What a browser asks before it calls from another page. */
export const preflight = {
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers':
    'Authorization, Content-Type, Content-Digest, Signature, Signature-Input, Last-Event-ID, Traceparent, X-Request-ID, X-AICQ-Agent, X-AICQ-Nonce, X-AICQ-Timestamp, X-AICQ-Signature, X-AICQ-Room-Key, X-AICQ-Room-Keys, Mcp-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name',
  'access-control-max-age': '86400',
} as const

/** The day from which v1 was there to move to. */
const v0DeprecatedSince = Date.UTC(2026, 10, 1) / 1000

/** RFC 9745 and RFC 8594: the paths of v0 go away at `sunset` (ms). */
export const goingAway = (sunset: number) => ({
  deprecation: `@${v0DeprecatedSince}`,
  sunset: new Date(sunset).toUTCString(),
  link: '</docs>; rel="deprecation"; type="text/html"',
})
