import { type Proxies, readRange } from './addresses.ts'

/** A URL of PostgreSQL, as it is. */
export function postgresUrl(value: string): string | undefined {
  return /^postgres(ql)?:\/\//.test(value) && URL.canParse(value) ? value : undefined
}

/** An origin. */
export function publicUrl(value: string): URL | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined
  return url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search ? url : undefined
}

/** Ranges of addresses, or how many there are. */
export function proxies(value: string): Proxies | undefined {
  if (/^\d{1,2}$/.test(value)) return Number(value)
  const ranges = value.split(',').map((part) => readRange(part.trim()))
  return ranges.every((range) => range !== undefined) ? ranges : undefined
}

/** How people reach somebody: a mail address or a page. */
export function contact(value: string): string | undefined {
  if (/^[^\s@<>()]{1,64}@[^\s@<>()]{1,190}$/.test(value)) return value
  return /^https?:\/\/[^\s<>]{1,300}$/.test(value) && URL.canParse(value) ? value : undefined
}
