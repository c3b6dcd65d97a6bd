import { GLOBAL_ROOM, type Identity, messageIdToUuid, newMessageId } from '../../packages/protocol/src/index.ts'
import { groupCommit } from '../../packages/server/src/events/group-commit.ts'
import { openPostgres } from '../../packages/server/src/storage/postgres.ts'
import type { FreshDatabase } from './cluster.ts'

/** The append of another server of the same instance, whose wake-ups never arrive here. */
export async function otherNode(database: FreshDatabase) {
  const db = await openPostgres(database.serving, { poolSize: 2, statementTimeout: 20_000, timed: () => {} })
  const append = groupCommit(db, Date.now, () => {})
  return {
    db,
    /** Says something in a room, `global` unless another is given. */
    say: (author: Identity, body: string, room = GLOBAL_ROOM) =>
      append({
        author: author.id,
        version: 1,
        id: messageIdToUuid(newMessageId()),
        room,
        room_key: null,
        type: 'text',
        pid: null,
        body,
        mentions: null,
        authority: null,
        created: Date.now(),
        sig: null,
        nonce: null,
        trace: null,
      }),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  }
}
