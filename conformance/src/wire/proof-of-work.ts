import { sha256 } from './keys.ts'

/** Does the work that a server wants before it takes a key (spec/registration.md#proof-of-work). */
export function solve({ challenge, bits }: { challenge: string; bits: number }): {
  challenge: string
  solution: string
} {
  for (let solution = 0; ; solution++)
    if (Math.clz32(sha256(`aicq:pow:1:${challenge}:${solution}`).readUInt32BE()) >= bits)
      return { challenge, solution: String(solution) }
}
