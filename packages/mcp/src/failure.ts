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

/** A failed call as the result of a tool: models read it, and programs may parse it. */
export const failed = (failure: Failure): CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify({ error: failure }) }],
  isError: true,
})
