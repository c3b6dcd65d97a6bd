import type { Attendance, Attending } from '../coordination.ts'
import type { RedisClient } from './connect.ts'
import { keyOf } from './counting.ts'
import { act, hold, release, type Script, say } from './scripts.ts'

const channel = 'aicq:presence'

/** Who is there, in Redis. `now` is the clock (ms). */
export function redisAttending(redis: RedisClient, now: () => number): Attending {
  const listeners = new Set<(agents: readonly string[]) => void>()
  const hear = (agents: readonly string[]) => {
    for (const run of listeners) run(agents)
  }
  redis.listen(channel, (text) => hear(text.split(' ')))

  const of = (agent: string) => keyOf(agent, 'presence')
  async function tell(agents: readonly string[]): Promise<void> {
    if (agents.length > 0) await redis.commands.publish(channel, agents.join(' '))
  }
  /** What a script did is told if it is news. */
  async function change(script: Script, agent: string, ...words: (string | number)[]): Promise<void> {
    if ((await redis.run(script, [of(agent)], [now(), ...words])) === 1) await tell([agent])
  }

  return {
    async hold(holder, agents, until) {
      const isNews = await Promise.all(
        agents.map(({ agent, since, acted }) => redis.run(hold, [of(agent)], [now(), holder, until, since, acted])),
      )
      await tell(agents.filter((_, at) => isNews[at] === 1).map(({ agent }) => agent))
    },
    release: (holder, agent, until) => change(release, agent, holder, until),
    say: (agent, { busy, status }) => change(say, agent, busy ? 1 : 0, ...(status === undefined ? [] : [status])),
    act: (agent, at, quiet) => change(act, agent, at, quiet),
    async forget(agent) {
      if ((await redis.commands.del(of(agent))) === 1) await tell([agent])
    },
    async attendances(agents) {
      const all = await Promise.all(agents.map((agent) => redis.commands.hgetall(of(agent))))
      return agents.flatMap((agent, at): Attendance[] => {
        const { since, acted, busy, status, ...rest } = all[at]!
        const until = Math.max(0, ...Object.values(rest).map(Number))
        if (until <= now()) return []
        const said = { busy: busy === '1', ...(status === undefined ? {} : { status }) }
        return [{ agent, since: Number(since), acted: Number(acted), ...said, until }]
      })
    },
    onAttendance(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
  }
}
