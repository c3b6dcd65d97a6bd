import type { Db } from '../storage/db.ts'

export interface InvitationRow {
  readonly id: string
  readonly created: number
  readonly expires: number
  readonly used: number | null
}

/** `hash`: SHA-256 of the invitation. Times in milliseconds. */
export async function insertInvitation(
  tx: Db,
  { id, hash, created, expires }: Omit<InvitationRow, 'used'> & { readonly hash: Buffer },
): Promise<void> {
  await tx.query('insert into invitations (id, hash, created, expires) values ($1, $2, $3, $4)', [
    id,
    hash,
    created,
    expires,
  ])
}

export const newestInvitations = (db: Db): Promise<InvitationRow[]> =>
  db.query<InvitationRow>('select id, created, expires, used from invitations order by created desc, id limit 100')

/** Whether it was there. */
export async function deleteInvitation(tx: Db, id: string): Promise<boolean> {
  return (await tx.query('delete from invitations where id = $1 returning id', [id])).length > 0
}

/** Uses an invitation up; its id, or `undefined` if it is unknown, used or expired. */
export async function useInvitation(tx: Db, hash: Buffer, now: number): Promise<string | undefined> {
  const [row] = await tx.query<{ id: string }>(
    'update invitations set used = $2 where hash = $1 and used is null and expires > $2 returning id',
    [hash, now],
  )
  return row?.id
}
