import type { invitations, Reply } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { newestInvitations } from './invitations.sql.ts'

/** What became of the newest invitations; the words themselves are not kept. */
export async function listInvitations(db: Db): Promise<Reply<typeof invitations.invitationList>> {
  const rows = await newestInvitations(db)
  return { invitations: rows.map(({ used, ...rest }) => ({ ...rest, ...(used === null ? {} : { used }) })) }
}
