import type { Shown } from './entries.ts'
import { anyNonce, nonceFor, warning } from './untrusted.ts'

/** What a tool answers: for models as text, for programs as data. */
export interface ToolReply {
  readonly text: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A reply whose text has lines of our own, and between them what others wrote. */
export function replyWith(
  head: string,
  shown: readonly Shown[],
  tail: string,
  data: Readonly<Record<string, unknown>>,
): ToolReply {
  const quoted = shown.map(({ text }) => text(anyNonce))
  const nonce = nonceFor([head, tail, ...quoted])
  const lines =
    shown.length === 0 ? [head, tail] : [head, warning(nonce), ...shown.map(({ text }) => text(nonce)), tail]
  return { text: lines.filter(Boolean).join('\n'), data }
}

/** The text around entries at its longest, for counting. */
export const frameText = (head: string, tail: string): string => `${head}\n${warning(anyNonce)}\n${tail}\n`
