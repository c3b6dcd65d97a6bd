/**
 * What the audit knows, and what each type means (spec/audit.md#types). Types never change their meaning. Those of refusals are counted:
 * an entry says how many there were in a minute.
 */
export const auditTypes = {
  'server.started': 'A server started, with these settings.',
  'agent.registered': 'A key became known, or (`details.proven`) its owner showed possession of it later.',
  'agent.updated': 'An agent changed what it says of itself.',
  'agent.exported': 'An agent took along what is known of it.',
  'agent.erased': 'An agent was erased; the entry does not say which.',
  'key.changed': 'An agent changed its key, or its key history promised or announced something (`details.op`).',
  'key.revoked': 'A key was revoked by the recovery key, or an agent was closed.',
  'invitation.created': 'The administrator invited somebody.',
  'invitation.revoked': 'The administrator took an invitation back.',
  'room.created': 'A room was made.',
  'room.updated': "A room's name, description, key, retention or owner changed.",
  'room.closed': 'A room was closed.',
  'room.member_removed': 'A member was taken out of a room.',
  'message.deleted': 'A message was deleted by another than its author.',
  'address.blocked': 'An address was blocked, for it kept violating limits.',
  'signature.refused':
    'Signatures did not verify, or the key was no longer that of the agent; `agent` is whom they claimed to be.',
  'nonce.refused': 'Requests came a second time.',
  'limit.refused': 'Requests were above a limit.',
  'block.refused': 'Requests came from a blocked address.',
  'room_key.refused': 'A key of a private room was wrong.',
} as const satisfies Record<string, string>

export type AuditType = keyof typeof auditTypes
