import { type DestinationStream, type Logger, pino } from 'pino'
import { sqlState } from './storage/db.ts'

/**
 * Logs are JSON, a line an event, on stdout unless `to` is given. They never hold keys, signatures, bodies or emails: PostgreSQL quotes values in its
 * messages, so of its errors only the code and the place are kept.
 */
export function openLogger(level: string, to: DestinationStream = pino.destination(1)): Logger {
  const serializers = { err: describeError }
  const written = { write: (line: string) => to.write(line.replaceAll(unseen, escaped)) }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers }, written)
}

/** What JSON need not escape, and a terminal or a reader of lines obeys: DEL and C1, line separators, turns of the direction of writing. */
const unseen = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

export function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: 'something that is not an error was thrown' }
  const state = sqlState(error)
  const frames = error.stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? []
  if (!state) return { type: error.name, message: error.message, stack: frames }
  const { routine, table, constraint } = error as { routine?: string; table?: string; constraint?: string }
  return { type: 'PostgreSQL', sqlstate: state, routine, table, constraint, stack: frames }
}
