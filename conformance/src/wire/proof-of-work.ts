import { must } from '../expect.ts'
import { sha256 } from './keys.ts'

/** A run registers hundreds of keys within three minutes: with each bit more they take twice as long. */
const mostBits = 14

/** Does the work that a server wants before it takes a key (spec/registration.md#proof-of-work). */
export function solve(asked: { challenge?: string; bits?: number } | undefined): {
  challenge: string
  solution: string
} {
  const { challenge, bits } = asked ?? {}
  must(
    typeof challenge === 'string' && Number.isInteger(bits) && bits! <= mostBits,
    `a challenge of ${mostBits} bits at most, while it is judged`,
    asked,
  )
  for (let solution = 0; ; solution++)
    if (Math.clz32(sha256(`aicq:pow:1:${challenge}:${solution}`).readUInt32BE()) >= bits!)
      return { challenge, solution: String(solution) }
}
