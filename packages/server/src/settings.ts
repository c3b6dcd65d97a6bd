import { shownUrl } from './storage/shown-url.ts'
import { StartError } from './storage/start-error.ts'

/** One setting: where it comes from, what it is, and how its text becomes a value. */
export interface Setting<T> {
  /** Name of the environment variable. */
  readonly env: string
  readonly meaning: string
  /** What is allowed, in words; shown in docs/settings.md and in the message that refuses a bad value. */
  readonly allowed: string
  readonly unit?: 'ms' | 's' | undefined
  /** The value where the variable is not set or empty. */
  readonly fallback: T
  /** How the documents show the fallback, where the value itself would not say it. */
  readonly shown?: string | undefined
  /** How a refusal shows the text, where it may hold a secret. */
  readonly concealed?: ((text: string) => string) | undefined
  /** The value, or `undefined` for what is not allowed. */
  readonly read: (text: string) => T | undefined
}

type Words = { env: string; meaning: string; shown?: string; concealed?: (text: string) => string }

/** The value of a setting in an environment. A bad one is a `StartError` that names variable, value and what is allowed. */
export function readSetting<T>(setting: Setting<T>, environment: Readonly<Record<string, string | undefined>>): T {
  const text = environment[setting.env]?.trim()
  if (!text) return setting.fallback
  const value = setting.read(text)
  if (value !== undefined) return value
  throw new StartError(
    `${setting.env}=${(setting.concealed ?? JSON.stringify)(text)} is not allowed: ${setting.allowed}.`,
  )
}

export function whole(
  words: Words & { min: number; max: number; fallback: number; unit?: 'ms' | 's' },
): Setting<number> {
  const { min, max } = words
  return {
    ...words,
    allowed: `a whole number from ${min} to ${max}`,
    read: (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
      return value >= min && value <= max ? value : undefined
    },
  }
}

/** How often something may happen: at most `max` times in any `window` seconds. */
export interface Rate {
  readonly max: number
  /** Seconds. */
  readonly window: number
}

export function rate(words: Words & { fallback: Rate }): Setting<Rate> {
  const { max, window } = words.fallback
  return {
    ...words,
    shown: `\`${max}/${window}\``,
    allowed: 'so many in so many seconds, such as 30/60; at least 1, in at most 86400 s',
    read: (text) => {
      const [, max, window] = /^(\d{1,9})\/(\d{1,5})$/.exec(text)?.map(Number) ?? []
      return max && window && window <= 86_400 ? { max, window } : undefined
    },
  }
}

export function choice<const T extends string>(words: Words & { of: readonly T[]; fallback: T }): Setting<T> {
  return { ...words, allowed: `one of ${words.of.join(', ')}`, read: (text) => words.of.find((one) => one === text) }
}

export function flag(words: Words & { fallback: boolean }): Setting<boolean> {
  const values = new Map([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ])
  return { ...words, allowed: 'true or false', read: (text) => values.get(text.toLowerCase()) }
}

/** A text of a certain form; `read` may also turn it into something else. */
export function text<T = string>(
  words: Words & { allowed: string; read: (text: string) => T | undefined },
): Setting<T | undefined> {
  return { ...words, fallback: undefined }
}

/** Of a secret, what helps to find the mistake. */
export const lengthOf = (text: string): string => `(${text.length} characters)`

/** A URL without its password. */
export function withoutPassword(text: string): string {
  const shown = shownUrl(text)
  return shown === undefined ? lengthOf(text) : JSON.stringify(shown)
}

/** A comma list; what `one` refuses, refuses the whole. */
export function list<T>(
  words: Words & { allowed: string; one: (text: string) => T | undefined },
): Setting<readonly T[]> {
  return {
    ...words,
    fallback: [],
    read: (text) => {
      const values = text.split(',').map((part) => words.one(part.trim()))
      return values.includes(undefined) ? undefined : (values as T[])
    },
  }
}
