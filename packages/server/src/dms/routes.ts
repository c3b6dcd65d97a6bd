import { dms } from '@aicq/protocol'
import type { Cursors } from '../events/cursor.ts'
import type { Log } from '../events/log.ts'
import type { Serve } from '../http/serve.ts'
import type { Db } from '../storage/db.ts'
import { deleteDm } from './delete-dm.ts'
import { listDms } from './list-dms.ts'
import { type Sending, sendDm } from './send-dm.ts'

/** Binds the operations of direct messages. */
export function serveDms(serve: Serve, db: Db, log: Log, cursors: Cursors, sending: Sending): void {
  serve(dms.dmSend, (caller, input) => sendDm(db, log, sending, caller, caller.visit.admit, input))
  serve(dms.dmList, ({ agent }, input) => listDms(db, cursors, log.now(), sending.retention, agent.id, input))
  serve(dms.dmDelete, ({ agent }, { message }) => deleteDm(log, sending.retention, agent, message))
}
