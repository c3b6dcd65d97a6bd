import { ProtocolError } from '@aicq/protocol'
import type { Received } from '../../http/received.ts'

export const subprotocol = 'aicq.v1'

/** Refuses what may not open a socket. Errors: `origin_not_allowed`, `invalid_request`. */
export function checkOpening(
  { headers }: Received,
  by: { readonly allowedOrigins: readonly string[]; isOwnName(authority: string): boolean },
): void {
  const { origin } = headers
  // browsers send it always, and nobody else does
  if (origin !== undefined && !by.allowedOrigins.includes(origin) && !isOwn(origin, by.isOwnName))
    throw new ProtocolError('origin_not_allowed', `pages of ${origin.slice(0, 100)} may not open sockets here`)
  const offered = headers['sec-websocket-protocol']?.split(',').map((one) => one.trim())
  if (!offered?.includes(subprotocol))
    throw new ProtocolError('invalid_request', `Sec-WebSocket-Protocol must offer ${subprotocol}`)
  if (headers['sec-websocket-version'] !== '13' || !/^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? ''))
    throw new ProtocolError('invalid_request', 'Sec-WebSocket-Version must be 13, and Sec-WebSocket-Key 16 bytes')
}

function isOwn(origin: string, isOwnName: (authority: string) => boolean): boolean {
  return URL.canParse(origin) && isOwnName(new URL(origin).host)
}
