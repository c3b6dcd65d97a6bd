import type { Level } from '../check.ts'
import type { Finding } from '../judge.ts'

/** What a run has found. */
export interface Report {
  readonly url: string
  readonly level: Level
  readonly seconds: number
  readonly findings: readonly Finding[]
}
