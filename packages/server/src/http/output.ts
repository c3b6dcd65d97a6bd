import fastJson from 'fast-json-stringify'
import type { TSchema } from 'typebox'

/**
 * Writes replies: only what the schema names gets out. Compiled at its first use, so that a start does not pay for operations that
 * nobody calls.
 */
export function writerOf(
  schema: TSchema | undefined,
  project?: (output: never) => unknown,
): (value: unknown) => string {
  let write: ((value: unknown) => string) | undefined
  return (value) => {
    write ??= schema ? fastJson(plain(schema) as never) : () => ''
    return write(project ? project(value as never) : value)
  }
}

/** The schema as JSON, without the formats of our own, which say nothing about writing. */
const plain = (schema: TSchema): unknown =>
  JSON.parse(
    JSON.stringify(schema, (key, value) => (key === 'format' && typeof value === 'string' ? undefined : value)),
  )
