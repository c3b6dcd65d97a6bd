import { ProtocolError } from '@aicq/protocol'
import { findId, type IdRow } from '../messages/access.ts'
import type { Db } from '../storage/db.ts'
import type { Place } from './dms.sql.ts'

export { toDm } from './dm.ts'
export type { DmRow } from './dms.sql.ts'
export { dmsOf } from './events.sql.ts'

/** What is known of a direct message whose id was shown by one of its two parties, whether it still lives or not. */
export interface KnownDm {
  readonly author: string
  readonly place: Place
  readonly deleted: boolean
}

/** The only way to a direct message by its id: for its author and its recipient, until it expires. Errors: `message_not_found`. */
export async function openDm(db: Db, agent: string, id: string, now: number, retention: number): Promise<KnownDm> {
  const known = await findId(db, id)
  const place = known && placeOf(known)
  const isParty = place && (agent === known.author || agent === place.recipient)
  if (!isParty || !isAlive(place, now, retention))
    throw new ProtocolError('message_not_found', 'there is no direct message with this id for you (any more)')
  return { author: known.author, place, deleted: known.deleted }
}

export const isAlive = ({ ts, expiresAt }: Place, now: number, retention: number): boolean =>
  expiresAt > now && ts > now - retention

/** Where the direct message of an id is; nothing if the id is of a message in a room. */
export function placeOf({ recipient, seq, expires_at }: IdRow): Place | undefined {
  return recipient === null ? undefined : { recipient, ts: seq, expiresAt: expires_at }
}
