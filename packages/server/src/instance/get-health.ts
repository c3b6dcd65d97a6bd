import { performance } from 'node:perf_hooks'
import { Alternative, type instance, type Reply } from '@aicq/protocol'
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

/** Whether the parts that are configured answer. */
export async function getHealth(db: Db, now: () => number, place: Place): Promise<Health | Alternative<Health>> {
  const checks = await runChecks(db, now)
  const well = Object.values(checks).every(({ status }) => status === 'pass')
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
