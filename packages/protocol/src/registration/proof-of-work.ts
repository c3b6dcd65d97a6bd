import { sha256 } from '@noble/hashes/sha2.js'

/** What a server asks of a key before it takes it: the member `pow` of the problem `pow_required` (spec/registration.md#proof-of-work). */
export interface WorkOrder {
  /** Zero bits with which SHA-256(`aicq:pow:1:` challenge `:` solution) has to begin. */
  readonly bits: number
  /** For this key, at this server, until it expires. */
  readonly challenge: string
}

/** More is not asked for, and not done for a server that does: 2^30 attempts take about half an hour. */
export const mostWork = 30

const attemptsInARow = 20_000
const encoder = new TextEncoder()

const hashOf = (challenge: string, solution: string) => sha256(encoder.encode(`aicq:pow:1:${challenge}:${solution}`))

/** Whether the hash of challenge and solution begins with so many zero bits. */
export function isWorkDone({ bits, challenge }: WorkOrder, solution: string): boolean {
  return leadingZeros(hashOf(challenge, solution)) >= bits
}

/**
 * Finds a solution, after 2^bits attempts on average. Gives way to other work in between, and then tells `attempted` how many attempts
 * there were. Errors: `RangeError` for more than `mostWork` bits.
 */
export async function doWork(order: WorkOrder, attempted: (attempts: number) => void = () => {}): Promise<string> {
  if (!(order.bits <= mostWork))
    throw new RangeError(`a proof of work of ${order.bits} bits is not done; ${mostWork} at most`)
  for (let attempts = 0; ; attempts++) {
    if (attempts % attemptsInARow === attemptsInARow - 1) {
      attempted(attempts)
      await new Promise((resolve) => setTimeout(resolve))
    }
    const solution = String(attempts)
    if (isWorkDone(order, solution)) return solution
  }
}

function leadingZeros(hash: Uint8Array): number {
  const at = hash.findIndex((byte) => byte !== 0)
  return at < 0 ? hash.length * 8 : at * 8 + Math.clz32(hash[at]!) - 24
}
