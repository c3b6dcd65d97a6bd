import { Unmet } from './check.ts'
import { countedIn, refusals } from './refusals.ts'
import { registerV0 } from './v0.ts'
import { send } from './wire/http.ts'
import { newAgent } from './wire/keys.ts'
import { World } from './world.ts'

/** How long a server may take to show that it is one, in milliseconds. */
const patience = 15_000

/** Finds out whether there is a server, what its clock says, and whether it lets itself be judged; else a sentence for people. */
export async function meet(url: string): Promise<World | string> {
  const signal = AbortSignal.timeout(patience)
  try {
    const before = Date.now()
    const { body, headers } = await send(url, 'GET /v1/api', { signal })
    const after = Date.now()
    // as little as can be: nobody knows when between these the server has looked at its clock
    const [least, most] = [body?.time - after, body?.time - before]
    const ahead = Number.isSafeInteger(body?.time) ? Math.max(least, Math.min(0, most)) : 0
    const world = new World(url, ahead)
    // before anything is asked that would use up a limit, and have the machine blocked
    if (headers[countedIn] !== undefined) return `${world.url} ${refusals.rate_limited}`
    const newcomer = newAgent()
    const { status } = await registerV0(world, newcomer, {}, signal)
    if (status === 201) world.agents.push(newcomer)
    return world.refusal ?? world
  } catch (error) {
    if (signal.aborted) return `no server answers at ${url} within ${patience / 1000} s`
    if (error instanceof Unmet) return `${url} cannot be judged: expected ${error.expected}; came ${error.came}`
    return `no server answers at ${url}: ${error instanceof Error ? error.message || error.name : error}`
  }
}
