import { type Message, toBase64, uuidToMessageId } from '@aicq/protocol'
import type { MessageRow } from './messages.sql.ts'

/** A message as the protocol shows it: all that is needed to verify its author. */
export function toMessage(row: MessageRow): Message {
  return {
    id: uuidToMessageId(row.id),
    seq: row.seq,
    room: row.room_id,
    from: row.author,
    key: row.did,
    type: row.type,
    body: row.body,
    ...(row.pid === null ? {} : { pid: uuidToMessageId(row.pid) }),
    ...(row.authority === null ? {} : { at: row.authority }),
    created: row.created,
    ts: row.ts,
    ...(row.sig === null ? {} : { sig: toBase64(row.sig) }),
  }
}
