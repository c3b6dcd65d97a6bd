import type { CallToolResult } from '@modelcontextprotocol/server'
import { beginning, clean } from './clean.ts'
import type { Door, Failure } from './door.ts'
import { ToolError } from './tool.ts'

/** Characters of a detail; it may come from a server that is not ours. */
const longest = 500

/** What is told of whatever was thrown. */
export function failureOf(door: Door, cause: unknown): Failure {
  const failure =
    cause instanceof ToolError ? { code: cause.code, retryable: false, detail: cause.message } : door.explain(cause)
  return { ...failure, detail: clean(beginning(failure.detail, longest)) }
}

/** What is told of an error of an operation, wherever it was caught. `problem`: what else its problem document says. */
export function failureFrom(
  { code, retryable, detail }: Failure,
  { retry_after, cursor }: Readonly<Record<string, unknown>>,
): Failure {
  return {
    code,
    retryable,
    detail,
    ...(typeof retry_after === 'number' ? { retry_after } : {}),
    ...(typeof cursor === 'string' ? { cursor } : {}),
  }
}

/** A failed call as the result of a tool: models read it, and programs may parse it. */
export const failed = (failure: Failure): CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify({ error: failure }) }],
  isError: true,
})
