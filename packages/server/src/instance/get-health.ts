import { performance } from 'node:perf_hooks'
import { Alternative, type instance, type Reply } from '@aicq/protocol'
import type { Store } from '../coordination/open.ts'
import type { Db } from '../storage/db.ts'
import { toTime } from '../time.ts'
import { databaseTime } from './instance.sql.ts'

type Health = Reply<typeof instance.instanceHealth>
type Check = Health['checks'][string]

/** Milliseconds by which this server's clock may differ from the database's: nonces and cursors compare times of both. */
const clockLimit = 2_000

export interface Place {
  readonly version: string
  readonly region: string | undefined
  readonly instance: string | undefined
  /** did:key of the instance. */
  readonly key: string
}

/** What the server depends on. */
export interface Parts {
  readonly db: Db
  readonly store: Store | undefined
  readonly now: () => number
}

/** Whether the parts that are configured answer. Without Redis the server goes on by itself: that is told, and is no reason to turn away. */
export async function getHealth({ db, store, now }: Parts, place: Place): Promise<Health | Alternative<Health>> {
  const [needed, redis] = await Promise.all([runChecks(db, now), store && checkStore(store)])
  const checks = { ...needed, ...(redis && { redis }) }
  const well = Object.values(needed).every(({ status }) => status === 'pass')
  const health: Health = {
    status: well ? 'healthy' : 'degraded',
    version: place.version,
    ...(place.region === undefined ? {} : { region: place.region }),
    ...(place.instance === undefined ? {} : { instance: place.instance }),
    checks,
    timestamp: toTime(now()),
  }
  return well ? health : new Alternative(health)
}

async function checkStore(store: Store): Promise<Check> {
  const { state } = store
  if (state !== 'closed') return { status: 'fail', message: `no answer; the circuit breaker is ${state}` }
  return store.ping().then(
    (took) => ({ status: 'pass', latency: `${took.toFixed(1)}ms` }),
    () => ({ status: 'fail', message: 'no answer' }),
  )
}

async function runChecks(db: Db, now: () => number): Promise<Record<string, Check>> {
  const start = performance.now()
  try {
    const theirs = await databaseTime(db)
    const took = performance.now() - start
    const off = Math.round(now() - took / 2 - theirs)
    return {
      postgresql: { status: 'pass', latency: `${took.toFixed(1)}ms` },
      clock:
        Math.abs(off) <= clockLimit
          ? { status: 'pass' }
          : { status: 'fail', message: `${off} ms from the database's clock` },
    }
  } catch {
    return { postgresql: { status: 'fail', message: 'no answer' } }
  }
}
