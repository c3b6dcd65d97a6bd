import { ProtocolError } from '@aicq/protocol'
import type { Received } from '../http/received.ts'

/**
 * Refuses what a page of another site may have had a browser send, by a name that was made to point here: MCP demands it. Errors:
 * `origin_not_allowed`.
 */
export function checkNames(
  { headers, authority }: Received,
  by: { readonly allowedOrigins: readonly string[]; isOwnName(authority: string): boolean; ownNames(): string },
): void {
  const { origin } = headers
  const isOwn = origin !== undefined && URL.canParse(origin) && by.isOwnName(new URL(origin).host)
  if (origin !== undefined && !isOwn && !by.allowedOrigins.includes(origin))
    throw new ProtocolError('origin_not_allowed', `pages of ${origin.slice(0, 100)} may not call here`)
  if (!by.isOwnName(authority))
    throw new ProtocolError('origin_not_allowed', `Host is ${authority.slice(0, 100)}, but ${by.ownNames()}`)
}
