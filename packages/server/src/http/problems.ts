import { type ErrorCode, errors, ProtocolError } from '@aicq/protocol'
import type { BaseLogger } from 'pino'

/** An RFC 9457 problem document; `error` repeats `detail` for v0 callers (spec/errors.md). */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly request_id: string
  readonly error: string
  readonly [extra: string]: unknown
}

/** What Fastify itself refuses, in our words. */
const refusals: Readonly<Record<string, [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['request_too_large', 'the body is larger than this path takes'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Content-Type must be application/json'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'the body is not as long as Content-Length says'],
  FST_ERR_BAD_URL: ['invalid_request', 'the path is not well-formed'],
  FST_ERR_MAX_PARAM_LENGTH: ['invalid_id', 'an id in the path is far too long'],
  ECONNRESET: ['invalid_request', 'the request ended before its body'],
}

/** The protocol's error for whatever was thrown: what nobody foresaw is `internal` and tells nothing. */
export function asProtocolError(cause: unknown): ProtocolError {
  if (cause instanceof ProtocolError) return cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const refusal = refusals[code]
  if (refusal) return new ProtocolError(refusal[0], refusal[1], {}, { cause })
  const status = cause instanceof Error && 'statusCode' in cause ? Number(cause.statusCode) : 500
  if (status >= 400 && status < 500)
    return new ProtocolError('invalid_request', 'the request is not well-formed', {}, { cause })
  return new ProtocolError('internal', 'something failed inside the server', {}, { cause })
}

export function problemOf(error: ProtocolError, requestId: string): Problem {
  const { code, extra } = error
  const { status, retryable, means } = errors[code]
  const detail =
    code === 'internal' ? 'something failed inside the server; tell its operator the request id' : error.message
  return {
    type: `/docs/errors#${code}`,
    title: means,
    status,
    detail,
    code,
    retryable,
    request_id: requestId,
    error: detail,
    ...extra,
  }
}

/** What the caller is told of whatever was thrown; the operator is told of what the server itself failed at. */
export function explain(cause: unknown, requestId: string, log: Pick<BaseLogger, 'error' | 'warn'>): Problem {
  const error = asProtocolError(cause)
  if (error.code === 'internal') log.error({ err: error.cause ?? error }, 'a request failed')
  else if (error.code === 'unavailable') log.warn({ err: error.cause ?? error }, 'the database cannot answer')
  return problemOf(error, requestId)
}
