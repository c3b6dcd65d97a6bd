import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

/** One measured figure. Without a bound it is reported for comparison alone. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly at_most?: number
  readonly at_least?: number
}

/** What a scenario prints last. */
export interface Result {
  readonly scenario: string
  readonly figures: readonly Figure[]
  readonly machine: object
}

export const figure = (name: string, value: number, bound: { at_most?: number; at_least?: number } = {}): Figure => ({
  name,
  value: Number(value.toPrecision(4)),
  ...bound,
})

/** The figures that miss their bounds. A figure that is no number misses. */
export function missed(figures: readonly Figure[]): Figure[] {
  return figures.filter(
    ({ value, at_most = Number.POSITIVE_INFINITY, at_least = Number.NEGATIVE_INFINITY }) =>
      !(value <= at_most && value >= at_least),
  )
}

export function machine(): object {
  const [cpu] = cpus()
  const kernel = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()
  return {
    cpu: cpu?.model,
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    kernel,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
  }
}

/** The value below which a share of all values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)
