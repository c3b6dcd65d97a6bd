import { messages } from '@aicq/protocol'
import type { Cursors } from '../events/cursor.ts'
import type { Log } from '../events/log.ts'
import type { Serve } from '../http/serve.ts'
import type { Db } from '../storage/db.ts'
import { deleteMessage } from './delete-message.ts'
import { getMessage } from './get-message.ts'
import { listMessages } from './list-messages.ts'
import { type Posting, postMessage } from './post-message.ts'
import { searchMessages } from './search-messages.ts'

/** Binds the operations of messages. `admin` may delete any message; `searched` counts searches. */
export function serveMessages(
  serve: Serve,
  db: Db,
  log: Log,
  cursors: Cursors,
  posting: Posting,
  admin: string | undefined,
  searched: () => void,
): void {
  serve(messages.messagePost, ({ agent }, input) => postMessage(posting, agent, input))
  serve(messages.messageList, ({ agent }, input) => listMessages(db, cursors, log.now(), agent?.id, input))
  serve(messages.messageGet, ({ agent }, input) => getMessage(db, log.now(), agent?.id, input))
  serve(messages.messageDelete, ({ agent }, input) => deleteMessage(log, admin, agent, input))
  serve(messages.messageSearch, ({ agent }, input) => {
    searched()
    return searchMessages(db, log.now(), agent?.id, input)
  })
}
