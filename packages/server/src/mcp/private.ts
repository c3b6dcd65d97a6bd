import { isLoopback, isTrusted, type Proxies, senderOf } from '../addresses.ts'
import type { Received } from '../http/received.ts'

export interface PrivateOptions {
  readonly publicUrls: readonly URL[]
  readonly proxies: Proxies | undefined
}

/**
 * Whether nobody could read a request on its way: it came by TLS, as a proxy that is trusted says, or as PUBLIC_URL does of the name that
 * it was meant for; or it did not leave this machine.
 */
export function isPrivate({ headers, authority }: Received, socket: string, by: PrivateOptions): boolean {
  const forwarded = headers['x-forwarded-for']
  const scheme = headers['x-forwarded-proto']?.split(',').at(-1)?.trim().toLowerCase()
  if (scheme !== undefined && isTrusted(socket, by.proxies)) return scheme === 'https'
  const urls = by.publicUrls.filter((url) => url.host === authority)
  if (urls.length > 0 && urls.every(({ protocol }) => protocol === 'https:')) return true
  // a proxy that nobody named may have heard it from anywhere
  if (forwarded !== undefined && by.proxies === undefined) return false
  const sender = senderOf(socket, forwarded, by.proxies)
  return sender !== undefined && isLoopback(sender)
}
