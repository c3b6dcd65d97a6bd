import { type Check, NotBound, Unmet } from './check.ts'
import type { World } from './world.ts'

/** What came of one check. */
export interface Finding {
  readonly check: Check
  readonly outcome: 'passed' | 'failed' | 'skipped'
  /** Of a failure: what the rule wants, and what the server did instead. */
  readonly expected?: string
  readonly came?: string
  /** Of what was skipped: why the rule does not bind this server. */
  readonly reason?: string
  readonly milliseconds: number
}

/** How many checks run at once. */
const atOnce = 8

/**
 * Runs checks, several at once, and gives what came of each, in their order. Ends early where the server refuses to be judged.
 * `patience`: how long one check may take, and all of them together, in milliseconds.
 */
export async function judge(
  world: World,
  checks: readonly Check[],
  patience = { one: 60_000, all: 140_000 },
): Promise<Finding[]> {
  const deadline = performance.now() + patience.all
  const findings: Finding[] = []
  // those that wait for heartbeats first, so that others run meanwhile; neighbours ask for the same things, of which some take a server
  // long, such as room keys: they are spread
  const turn = ([at, check]: [number, Check]) => (check.isSlow ? -1 : at % atOnce)
  const waiting = [...checks.entries()].sort((a, b) => turn(a) - turn(b))
  const work = async () => {
    for (let next = waiting.shift(); next && !world.refusal; next = waiting.shift()) {
      const left = Math.min(patience.one, deadline - performance.now())
      findings[next[0]] = await judgeOne(world, next[1], left)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return findings.flat() // without those that were not judged any more
}

async function judgeOne(world: World, check: Check, left: number): Promise<Finding> {
  const began = performance.now()
  const tooLate = {
    outcome: 'failed',
    expected: 'a run of less than three minutes',
    came: 'one that took longer',
  } as const
  if (left <= 0) return { check, ...tooLate, milliseconds: 0 }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const end = () => reject(new Unmet(`an end within ${Math.round(left / 1000)} s`, 'none'))
    timer = setTimeout(end, left)
  })
  const finding = (rest: Omit<Finding, 'check' | 'milliseconds'>): Finding => ({
    check,
    ...rest,
    milliseconds: Math.round(performance.now() - began),
  })
  try {
    await Promise.race([check.run(world), late])
    return finding({ outcome: 'passed' })
  } catch (error) {
    if (error instanceof NotBound) return finding({ outcome: 'skipped', reason: error.message })
    if (error instanceof Unmet) return finding({ outcome: 'failed', expected: error.expected, came: error.came })
    const expected = 'an answer that can be read'
    return finding({ outcome: 'failed', expected, came: error instanceof Error ? error.message : String(error) })
  } finally {
    clearTimeout(timer)
  }
}

/** How many findings have an outcome. */
export const count = (findings: readonly Finding[], outcome: Finding['outcome']): number =>
  findings.filter((one) => one.outcome === outcome).length
