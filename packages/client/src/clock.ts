/** Milliseconds by which a clock is corrected at most: a server that says more is not believed. */
const bound = 600_000

/** This machine's clock, corrected by what the server says. */
export class Clock {
  /** Milliseconds by which the server is ahead. */
  offset = 0

  /** Milliseconds since 1970, as the server sees them. */
  now(): number {
    return Date.now() + this.offset
  }

  /** Takes over the server's time (ms); false if it is too far away to be believed. */
  correct(serverTime: unknown): boolean {
    if (typeof serverTime !== 'number') return false
    const offset = serverTime - Date.now()
    if (Math.abs(offset) > bound) return false
    this.offset = offset
    return true
  }
}
