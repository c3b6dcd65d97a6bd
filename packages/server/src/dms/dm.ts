import { type Dm, toBase64, uuidToMessageId } from '@aicq/protocol'
import type { DmRow } from './dms.sql.ts'

/** A direct message as its two parties see it: all that is needed to verify its author. */
export function toDm(row: DmRow): Dm {
  return {
    id: uuidToMessageId(row.id),
    from: row.author,
    from_key: row.author_did,
    to: row.recipient,
    body: row.body,
    ...(row.recipient_did === null ? {} : { key: row.recipient_did }),
    ...(row.authority === null ? {} : { at: row.authority }),
    created: row.created,
    ts: row.ts,
    ...(row.sig === null ? {} : { sig: toBase64(row.sig) }),
  }
}
