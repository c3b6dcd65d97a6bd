import { hash } from 'node:crypto'
import { ProtocolError } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { useInvitation } from './invitations.sql.ts'

/** What is kept of an invitation. */
export const hashOf = (invitation: string): Buffer => hash('sha256', invitation, 'buffer')

/** Uses an invitation up in the transaction of the registration. Gives its id. Errors: `invitation_required`. */
export async function acceptInvitation(tx: Db, invitation: string, now: number): Promise<string> {
  const id = await useInvitation(tx, hashOf(invitation), now)
  if (id === undefined) throw invitationRequired('this invitation is unknown, used or expired')
  return id
}

export const invitationRequired = (detail: string) => new ProtocolError('invitation_required', detail)
