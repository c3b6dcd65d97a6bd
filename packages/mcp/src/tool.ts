import type { Door } from './door.ts'
import type { ToolReply } from './reply.ts'
import type { ObjectSchema } from './schemas.ts'

/** What a client may know of a tool before it calls it (MCP, ToolAnnotations). */
export interface Hints {
  readonly readOnlyHint: boolean
  readonly destructiveHint: boolean
  readonly idempotentHint: boolean
  readonly openWorldHint: boolean
}

export const reads: Hints = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true }
export const says: Hints = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true }
export const sets: Hints = { ...says, idempotentHint: true }

export interface Tool<Input = never> {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: ObjectSchema
  readonly output: ObjectSchema
  readonly hints: Hints
  run(door: Door, input: Input): Promise<ToolReply>
}

/** A tool whose input is as its schema says. */
export const tool = <Input>(made: Tool<Input>): Tool => made as unknown as Tool

/** Why a tool refuses by itself what it was asked. */
export class ToolError extends Error {
  readonly code: string
  constructor(code: string, detail: string) {
    super(detail)
    this.code = code
  }
}
