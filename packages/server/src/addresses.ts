import ipaddr from 'ipaddr.js'

type Address = ReturnType<typeof ipaddr.process>

/** Some addresses: those whose first `bits` are those of `address`. */
export interface Range {
  readonly address: Address
  readonly bits: number
}

/** The proxies before the server: ranges of addresses, or how many there are. */
export type Proxies = readonly Range[] | number

/** An address or a CIDR range; of IPv4 in its IPv6 form, what it means. */
export function readRange(text: string): Range | undefined {
  const [, start, prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const written = start === undefined ? undefined : readAddress(start, false)
  if (!written) return undefined
  const address = plain(written)
  const mapped = address === written ? 0 : 96
  const whole = address.kind() === 'ipv4' ? 32 : 128
  const bits = prefix === undefined ? whole : Number(prefix) - mapped
  return bits >= 0 && bits <= whole ? { address, bits } : undefined
}

export const isIn = (address: Address, ranges: readonly Range[]): boolean =>
  ranges.some((range) => address.kind() === range.address.kind() && address.match(range.address, range.bits))

/**
 * Who sent a request: the nearest address that is no proxy of ours. What stands before it in X-Forwarded-For anyone may have written.
 *
 * @param socket where the connection comes from
 * @param forwarded the header X-Forwarded-For: each proxy adds at the end whom it heard
 */
export function senderOf(
  socket: string,
  forwarded: string | undefined,
  proxies: Proxies | undefined,
): Address | undefined {
  const nearest = readAddress(socket)
  if (proxies === undefined || forwarded === undefined || !nearest) return nearest
  let sender: Address = nearest
  for (const [hop, text] of forwarded.split(',').reverse().entries()) {
    const isProxy = typeof proxies === 'number' ? hop < proxies : isIn(sender, proxies)
    const before: Address | undefined = isProxy ? readAddress(text.trim()) : undefined
    if (!before) break
    sender = before
  }
  return sender
}

/** Whether an address is one of this machine that no other can have. */
export const isLoopback = (address: Address): boolean => address.range() === 'loopback'

/** Whether a connection comes from a proxy of ours. */
export function isTrusted(socket: string, proxies: Proxies | undefined): boolean {
  if (proxies === undefined) return false
  const nearest = readAddress(socket)
  return typeof proxies === 'number' ? proxies > 0 : nearest !== undefined && isIn(nearest, proxies)
}

/** By what an address is counted: IPv6 by its /64, which is what one subscriber gets. */
export function countedAs(address: Address): string {
  if (address.kind() === 'ipv4') return address.toString()
  const parts = (address as InstanceType<typeof ipaddr.IPv6>).parts.slice(0, 4)
  return `${parts.map((part) => part.toString(16)).join(':')}::/64`
}

/** How much of an address the audit keeps. */
export type AuditAddress = 'full' | 'short' | 'none'

/** An address for the audit; shortened: the /24 of IPv4, the /48 of IPv6, which many share. */
export function auditedAs(address: Address, kept: AuditAddress): string | undefined {
  if (kept === 'none') return undefined
  if (kept === 'full') return address.toString()
  if (address.kind() === 'ipv4') return `${address.toByteArray().slice(0, 3).join('.')}.0/24`
  const parts = (address as InstanceType<typeof ipaddr.IPv6>).parts.slice(0, 3)
  return `${parts.map((part) => part.toString(16)).join(':')}::/48`
}

/** An address as proxies write it: with or without a port, a zone, or brackets. */
function readAddress(text: string, asPlain = true): Address | undefined {
  const [, inBrackets, bare] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+)(?::\d+)?)$/.exec(text) ?? []
  const [address = ''] = (inBrackets ?? bare ?? text).split('%')
  const known = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address)
  if (!known) return undefined
  const read = ipaddr.parse(address)
  return asPlain ? plain(read) : read
}

function plain(address: Address): Address {
  if (address.kind() === 'ipv4') return address
  const six = address as InstanceType<typeof ipaddr.IPv6>
  return six.isIPv4MappedAddress() ? six.toIPv4Address() : six
}
