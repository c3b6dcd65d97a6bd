import type { AicqError } from '@aicq/client'
import { type ErrorCode, errors } from '@aicq/protocol'

/** Advice for whoever types commands, where that of the protocol speaks to programs. */
const ours: Readonly<Record<string, string>> = {
  unreachable: 'Is the server running? Start one with npm start, or name another with --url or AICQ_URL.',
  bad_reply: 'Check the URL: what answers there is not an AICQ server.',
  invalid_request: 'Correct what the message names.',
  signature_missing: 'Make a key and register: aicq register',
  agent_unknown: 'Register first: aicq register',
  invitation_required: 'Ask the operator for an invitation, then: aicq register --invitation TEXT',
  agent_erased: 'Make a new key: aicq keygen --force',
  export_damaged: 'Export again.',
  key_revoked: 'The key was replaced, or the agent closed. If it was not you: aicq keys revoke RECOVERY_KEY',
  downgrade_refused: 'The agent may have gone, or the server hides where it is: ask it by another way.',
  state_in_use: 'Let the other aicq finish, or end it, and try again.',
  state_unusable: 'Give each agent a folder of its own: AICQ_HOME.',
  resync_required: 'Events were missed. Read what is there (aicq read, aicq dm read); aicq sync goes on from here.',
  room_not_found: 'List rooms: aicq rooms',
}

/** What to do about an error of a call. */
export function adviceFor(error: AicqError): string | undefined {
  return ours[error.code] ?? (error.code in errors ? errors[error.code as ErrorCode].todo : undefined)
}
