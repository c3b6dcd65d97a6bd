import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import type { Db } from './db.ts'
import { openPool, type PostgresOptions } from './postgres.ts'

/** Reads that may be a moment old, and where they go. */
export interface Replica extends AsyncDisposable {
  /**
   * Does a read for an agent, or for nobody: at the replica if that has what the agent wrote here and what this server took away from
   * anybody, and once more at the primary if anything fails there, since what is missing may only be late.
   */
  read<T>(agent: string | undefined, work: (db: Db) => Promise<T>): Promise<T>
  /** Says that an agent has just written something, which it must see from now on; or nobody: all must. */
  wrote(agent: string | undefined): void
  /** Seconds by which the replica is behind, as far as is known. */
  readonly behind: number
}

export interface ReplicaOptions extends PostgresOptions {
  /** Told of each read, where it was done. */
  readonly done: (where: 'replica' | 'primary') => void
  /** Milliseconds by which it may be behind at most, and that one of its answers may take; 2,000 unless it is given. */
  readonly patience?: number | undefined
  /** Told that the replica cannot be used, and that it can again. */
  readonly tell: (words: string) => void
}

/** Milliseconds between looks at how far the replica is. */
const pace = 100

/** Names a database: the same at the primary and its replicas, and nowhere else. */
const database = `(select system_identifier || ':' || oid from pg_control_system(), pg_database where datname = current_database())`

interface Look {
  /** A position of the WAL, such as `16/B374D848`. */
  readonly wal: string | null
  readonly database: string
}

/** A moment of the primary: all that was acknowledged before `at` (`performance.now()`) is in the WAL up to there. */
interface Sample {
  readonly at: number
  readonly wal: bigint
}

/** Opens a streaming replica of `primary`. It may be away, or late: then it is not used. */
export function openReplica(primary: Db, config: pg.ClientConfig, options: ReplicaOptions): Replica {
  const { patience = 2_000 } = options
  const db = openPool({ ...config, query_timeout: patience }, { ...options, connectTimeout: patience })
  const stop = new AbortController()
  const wrote = new LRUCache<string, number>({ max: 100_000, ttl: patience * 2 })
  let samples: Sample[] = []
  let fresh = Number.NEGATIVE_INFINITY
  let all = performance.now()
  let isUsed: boolean | undefined

  async function look(): Promise<void> {
    const at = performance.now()
    const [now] = await primary.query<Look>(`select pg_current_wal_insert_lsn()::text as wal, ${database} as database`)
    samples.push({ at, wal: positionOf(now!.wal!) })
    const [there] = await db.query<Look>(
      `select pg_last_wal_replay_lsn()::text as wal, ${database} as database where pg_is_in_recovery()`,
    )
    const replayed = there?.wal && there.database === now!.database ? positionOf(there.wal) : 0n
    fresh = samples.findLast(({ wal }) => wal <= replayed)?.at ?? fresh
    samples = samples.filter(({ at: then }) => then > at - patience)
  }

  async function watch(): Promise<void> {
    while (!stop.signal.aborted) {
      await look().catch(() => {})
      const can = performance.now() - fresh < patience
      if (can !== isUsed && (can || isUsed !== undefined || performance.now() > patience * 2)) {
        options.tell(can ? 'the replica answers reads' : 'the replica is away, or too far behind: the primary answers')
        isUsed = can
      }
      await sleep(pace, undefined, { signal: stop.signal, ref: false }).catch(() => {})
    }
  }
  const watching = watch()

  function isFresh(agent: string | undefined): boolean {
    const own = (agent !== undefined && wrote.get(agent)) || 0
    return performance.now() - fresh < patience && fresh > all && fresh > own
  }

  return {
    async read(agent, work) {
      if (isFresh(agent))
        try {
          const result = await work(db)
          options.done('replica')
          return result
        } catch {
          // whatever it was: the primary knows
        }
      options.done('primary')
      return work(primary)
    },
    wrote(agent) {
      if (agent === undefined) all = performance.now()
      else wrote.set(agent, performance.now())
    },
    get behind() {
      return (performance.now() - fresh) / 1000
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await watching
      await db[Symbol.asyncDispose]()
    },
  }
}

function positionOf(lsn: string): bigint {
  const [high, low] = lsn.split('/').map((part) => BigInt(`0x${part}`))
  return (high! << 32n) + low!
}
