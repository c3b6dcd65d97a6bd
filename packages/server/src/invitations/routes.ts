import { invitations, ProtocolError } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import type { Serve } from '../http/serve.ts'
import type { Db } from '../storage/db.ts'
import { createInvitation } from './create-invitation.ts'
import { listInvitations } from './list-invitations.ts'
import { revokeInvitation } from './revoke-invitation.ts'

/** Binds the operations of invitations, which are the administrator's. */
export function serveInvitations(serve: Serve, db: Db, log: Log, admin: string | undefined): void {
  const asAdmin = ({ agent }: { readonly agent: Writer }): Writer => {
    if (agent.id !== admin) throw new ProtocolError('not_admin', 'only the administrator of this instance may do this')
    return agent
  }
  serve(invitations.invitationCreate, async (caller, input) => createInvitation(log, asAdmin(caller), input))
  serve(invitations.invitationList, async (caller) => {
    asAdmin(caller)
    return listInvitations(db)
  })
  serve(invitations.invitationRevoke, async (caller, input) => revokeInvitation(log, asAdmin(caller), input.invitation))
}
