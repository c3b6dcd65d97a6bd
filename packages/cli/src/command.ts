import type { ParseArgsConfig } from 'node:util'
import type { Output } from './output.ts'
import type { Session } from './session.ts'

/** What a command was called with: words, and options by name. */
export interface Called {
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  readonly session: Session
  readonly out: Output
  /** Every command there is. */
  readonly commands: Readonly<Record<string, () => Promise<Command>>>
}

/** One command of `aicq`. */
export interface Command {
  /** What stands after its name, as help shows it. */
  readonly usage: string
  readonly summary: string
  readonly options?: NonNullable<ParseArgsConfig['options']>
  /** How each option is explained. */
  readonly explained?: Readonly<Record<string, string>>
  readonly examples: readonly string[]
  /** Words that it needs, and takes at most. */
  readonly words: readonly [number, number]
  /** Runs it; what it returns is the exit code, 0 if nothing. */
  readonly run: (called: Called) => Promise<number | undefined>
}

/** The command line was not understood. */
export class UsageError extends Error {}

export function textOption(called: Called, name: string): string | undefined {
  const value = called.options[name]
  return typeof value === 'string' ? value : undefined
}

/** A whole number within bounds. */
export function numberOption(called: Called, name: string, least: number, most: number): number | undefined {
  const value = textOption(called, name)
  if (value === undefined) return undefined
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
  if (number >= least && number <= most) return number
  throw new UsageError(`--${name} takes a whole number from ${least} to ${most}`)
}
