import { randomBytes, randomUUID } from 'node:crypto'
import type { Input, invitations, Reply } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import { hashOf } from './access.ts'
import { insertInvitation } from './invitations.sql.ts'

/** Makes words that let one agent register. They are not kept, so nobody can be shown them again. */
export async function createInvitation(
  log: Log,
  agent: Writer,
  { lifetime = 604_800 }: Input<typeof invitations.invitationCreate>,
): Promise<Reply<typeof invitations.invitationCreate>> {
  const id = randomUUID()
  const invitation = randomBytes(18).toString('base64url')
  return log.write(agent, async (tx, _append, audit) => {
    const created = log.now()
    const expires = created + lifetime * 1000
    await insertInvitation(tx, { id, hash: hashOf(invitation), created, expires })
    await audit({ type: 'invitation.created', details: { invitation: id } })
    return { id, invitation, expires }
  })
}
