import { messages } from '@aicq/protocol'
import type { Cursors } from '../events/cursor.ts'
import type { Log } from '../events/log.ts'
import type { Calls } from '../http/calls.ts'
import type { Serve } from '../http/serve.ts'
import type { Visitor } from '../rooms/access.ts'
import type { Db, Reads } from '../storage/db.ts'
import { ackMessage } from './ack-message.ts'
import { deleteMessage } from './delete-message.ts'
import { getMessage } from './get-message.ts'
import { listMessages } from './list-messages.ts'
import { postBatch } from './post-batch.ts'
import { type Posting, postMessage } from './post-message.ts'
import type { ReceiptRules } from './receipts.ts'
import { searchMessages } from './search-messages.ts'

/** Binds the operations of messages. `admin` may delete any message; `searched` counts searches. */
export function serveMessages(
  serve: Serve,
  db: Db,
  reads: Reads,
  log: Log,
  cursors: Cursors,
  posting: Posting,
  admin: string | undefined,
  searched: () => void,
  receipts: ReceiptRules,
): void {
  const standing = (caller: Visitor, { room }: { room: string }) => posting.keys.standing(caller, room)
  serve(messages.messagePost, (caller, input) => postMessage(posting, caller, caller.visit.admit, input))
  serve(messages.messageList, (caller, input) =>
    standing(caller, input).then((standing) =>
      reads(caller.agent?.id, (from) => listMessages(from, cursors, log.now(), standing, input)),
    ),
  )
  serve(messages.messageGet, async (caller, input) => getMessage(db, receipts, await standing(caller, input), input))
  serve(messages.messageDelete, async (caller, input) =>
    deleteMessage(log, admin, caller.agent, await standing(caller, input), input),
  )
  serve(messages.messageAck, async (caller, input) =>
    ackMessage(log, receipts.maxMembers, caller.agent, await standing(caller, input), input),
  )
  serve(messages.messageSearch, async (caller, { room, ...input }) => {
    searched()
    const from = room === undefined ? { agent: caller.agent?.id } : await standing(caller, { room })
    const where = room === undefined ? {} : { room }
    return reads(caller.agent?.id, (db) => searchMessages(db, log.now(), from, { ...where, ...input }))
  })
}

/** Binds the batch of messages, whose items are calls of their own. */
export function serveBatch(serve: Serve, calls: Calls): void {
  serve(messages.messageBatch, (caller, input) => {
    const since = performance.now()
    return postBatch(
      input,
      (op, item, place) => calls.callInside(caller, op, item, place, since),
      (cause) => calls.explain(cause, caller.origin!.request),
    )
  })
}
