import { ProtocolError } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import { deleteInvitation } from './invitations.sql.ts'

/** Takes an invitation back, used or not. Errors: `invitation_not_found`. */
export async function revokeInvitation(log: Log, agent: Writer, id: string): Promise<undefined> {
  await log.write(agent, async (tx, _append, audit) => {
    if (!(await deleteInvitation(tx, id)))
      throw new ProtocolError('invitation_not_found', 'there is no such invitation')
    await audit({ type: 'invitation.revoked', details: { invitation: id } })
  })
  return undefined
}
