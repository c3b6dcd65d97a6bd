import type { Operation } from '@aicq/protocol'
import type { Config } from './config.ts'
import type { Db, Reads } from './storage/db.ts'
import { openReplica } from './storage/replica.ts'

/** What takes something away from others: nobody who asks here may see it any more. All else is late for others alone. */
const takesAway: ReadonlySet<string> = new Set<Operation['name']>([
  'agent.erase',
  'agent.revoke',
  'agent.rotate',
  'agent.update',
  'message.delete',
  'room.leave',
  'room.remove',
  'room.update',
])

/** Where reads go that may be a moment old: to the replica, if one is given and has what must be seen; else to the primary. */
export function openReads(
  { databaseReplicaUrl: url, poolSize, statementTimeout }: Config,
  primary: Db,
  told: { readonly read: (where: 'replica' | 'primary') => void; readonly tell: (words: string) => void },
  patience?: number,
) {
  const replica =
    url === undefined
      ? undefined
      : openReplica(
          primary,
          { connectionString: url },
          { poolSize, statementTimeout, timed: () => {}, done: told.read, tell: told.tell, patience },
        )
  const reads: Reads = replica ? replica.read : (_, work) => work(primary)
  return {
    reads,
    /** Told of each call, before it is answered. */
    wrote(op: Operation, agent: string | undefined): void {
      if (replica && takesAway.has(op.name)) replica.wrote(undefined)
      else if (replica && op.writes && agent !== undefined) replica.wrote(agent)
    },
    /** Told that somebody changed a key or has left, wherever that was done. */
    changed: () => replica?.wrote(undefined),
    behind: () => replica?.behind,
    [Symbol.asyncDispose]: async () => replica?.[Symbol.asyncDispose](),
  }
}
