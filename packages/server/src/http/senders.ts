import { LRUCache } from 'lru-cache'
import { type AuditAddress, auditedAs, countedAs, isIn, type Proxies, type Range, senderOf } from '../addresses.ts'

/** Where a request comes from, as limits see it. */
export interface Sender {
  /** An IPv4 address, or the /64 of an IPv6 address. */
  readonly address: string
  /** It meets no limit. */
  readonly exempt: boolean
  /** The address as the audit keeps it. */
  readonly from: string | undefined
}

/** Finds the sender behind a connection's address and X-Forwarded-For. */
export function senders(proxies: Proxies | undefined, whitelist: readonly Range[], audited: AuditAddress) {
  const known = new LRUCache<string, Sender>({ max: 10_000 })
  return (socket: string, forwarded: string | undefined): Sender => {
    const direct = proxies === undefined || forwarded === undefined
    const found = direct ? known.get(socket) : undefined
    if (found) return found
    const address = senderOf(socket, forwarded, proxies)
    const sender = {
      address: address ? countedAs(address) : 'unknown',
      exempt: address !== undefined && isIn(address, whitelist),
      from: address && auditedAs(address, audited),
    }
    if (direct) known.set(socket, sender)
    return sender
  }
}
