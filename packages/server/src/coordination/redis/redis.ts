import { randomUUID } from 'node:crypto'
import type { Coordination } from '../coordination.ts'
import { redisAttending } from './attending.ts'
import type { RedisClient } from './connect.ts'
import { redisCounting } from './counting.ts'

const channel = 'aicq:wake'

/**
 * Coordination of several servers by Redis 7, which everything but `wake` fails with. A server does not hear its own wakes. `now` is the
 * clock (ms).
 */
export function redisCoordination(redis: RedisClient, now: () => number): Coordination {
  const own = randomUUID()
  const listeners = new Set<() => void>()
  const hear = () => {
    for (const run of listeners) run()
  }
  redis.listen(channel, (from) => from !== own && hear())
  redis.onGap(hear)
  let underWay = false
  let again = false

  /** One at a time: what comes meanwhile is said by the next. */
  async function publish(): Promise<void> {
    underWay = true
    do {
      again = false
      await redis.commands.publish(channel, own)
    } while (again)
  }

  return {
    ...redisCounting(redis, now),
    ...redisAttending(redis, now),
    wake() {
      if (underWay) again = true
      else
        publish()
          .catch(() => {}) // followers look by themselves
          .finally(() => {
            underWay = false
          })
    },
    onWake(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
  }
}
