import type { ErrorCode } from '@aicq/protocol'

/**
 * `unreachable`: no answer came at all; `bad_reply`: something answered that is no AICQ server; `key_mismatch`: the server gave keys
 * that are not those of the agent who was named, so nothing was encrypted for it; `export_damaged`: an export broke off, or is not what
 * its checksums say; `downgrade_refused`: the server hides that the agent
 * reads `aicq-dm-v2`; `state_in_use`: another program did not give the state of the sessions free in time; `state_unusable`: it belongs to
 * another agent.
 */
export type ClientErrorCode =
  | ErrorCode
  | 'unreachable'
  | 'bad_reply'
  | 'key_mismatch'
  | 'export_damaged'
  | 'downgrade_refused'
  | 'state_in_use'
  | 'state_unusable'

/** Why a call failed. `code` says it to programs, `message` to people. */
export class AicqError extends Error {
  override readonly name = 'AicqError'
  readonly code: ClientErrorCode
  /** Whether the same call, made again later, can succeed. */
  readonly retryable: boolean
  /** HTTP status; 0 where no answer came. */
  readonly status: number
  /** What the operator of the server needs to find the request in the log. */
  readonly requestId: string | undefined
  /** The whole problem document (RFC 9457), as far as there was one. */
  readonly problem: Readonly<Record<string, unknown>>

  constructor(
    code: ClientErrorCode,
    message: string,
    rest: { retryable: boolean; status: number; problem?: Readonly<Record<string, unknown>> },
    options?: ErrorOptions,
  ) {
    super(message, options)
    const { retryable, status, problem = {} } = rest
    this.code = code
    this.retryable = retryable
    this.status = status
    this.requestId = typeof problem.request_id === 'string' ? problem.request_id : undefined
    this.problem = problem
  }
}
