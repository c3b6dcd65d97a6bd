import { type AuditPayload, uuidToMessageId } from '@aicq/protocol'
import type { EntryRow } from './chain.sql.ts'

/** What an entry says; `undefined` if that was erased. */
export function payloadOf(row: EntryRow): AuditPayload | undefined {
  const { at, type, outcome, agent, subject, room, message, address, request_id, details } = row
  if (type === null) return undefined
  return {
    at,
    type,
    outcome,
    ...(agent && { agent }),
    ...(subject && { subject }),
    ...(room && { room }),
    ...(message && { message: uuidToMessageId(message) }),
    ...(address && { address }),
    ...(request_id && { request_id }),
    ...(details && { details }),
  }
}
