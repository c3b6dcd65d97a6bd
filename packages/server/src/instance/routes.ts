import { Alternative, instance, limits } from '@aicq/protocol'
import type { ServePage } from '../http/pages.ts'
import type { Serve } from '../http/serve.ts'
import { getHealth, type Parts, type Place } from './get-health.ts'
import { getLimits } from './get-limits.ts'
import { getStats } from './get-stats.ts'

/** Binds what the instance says about itself. `stopping`: true from the moment a stop began. */
export function serveInstance(
  serve: Serve,
  servePage: ServePage,
  parts: Parts,
  place: Place,
  stopping: () => boolean,
): void {
  const { db, now } = parts
  serve(instance.instanceStats, () => getStats(db, now()))
  serve(instance.instanceHealth, () => getHealth(parts, place))
  serve(instance.instanceInfo, async () => ({
    name: 'AICQ',
    version: place.version,
    docs: '/docs',
    time: now(),
    key: place.key,
  }))
  serve(limits.limitsGet, async ({ agent, visit }) => getLimits(await visit.standings(agent.id), now()))
  const json = 'application/json; charset=utf-8'
  servePage({ path: '/health/live', type: json, content: () => ({ status: 200, body: '{"status":"live"}' }) })
  servePage({
    path: '/health/ready',
    type: json,
    content: async () => {
      const well = !stopping() && !((await getHealth(parts, place)) instanceof Alternative)
      return well ? { status: 200, body: '{"status":"ready"}' } : { status: 503, body: '{"status":"not ready"}' }
    },
  })
}
