import type { Db } from '../storage/db.ts'
import { columns, type DmRow, keys } from './dms.sql.ts'

/** The direct messages of these ids that are alive, and were not hidden by a shorter retention (ms). */
export function dmsOf(db: Db, ids: readonly string[], now: number, retention: number): Promise<DmRow[]> {
  return db.query<DmRow>(
    `select d.* from unnest($1::uuid[]) wanted(id) cross join lateral (
       select ${columns}
         from message_ids i
         join dms d on d.expires_at = i.expires_at and d.recipient = i.recipient and d.ts = i.seq ${keys}
        where i.id = wanted.id and not i.deleted and d.expires_at > $2 and d.ts > $2 - $3::bigint
          and not exists (select from agents a where a.id in (d.author, d.recipient) and a.erased_at is not null)
        limit 1) d`,
    [ids, now, retention],
  )
}
