import { createHash } from 'node:crypto'

/** Choices that a seed decides: the same seed gives the same ones again. */
export interface Random {
  /** A whole number from 0 to `below` - 1. */
  int(below: number): number
  /** True in so many of 100 cases. */
  percent(share: number): boolean
  pick<T>(from: readonly T[]): T
}

/** Mulberry32 over a hash of the seed. */
export function seeded(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE()
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (below: number) => Math.floor(next() * below)
  return { int, percent: (share) => int(100) < share, pick: (from) => from[int(from.length)]! }
}
