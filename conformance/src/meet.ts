import { registerV0 } from './v0.ts'
import { send } from './wire/http.ts'
import { newAgent } from './wire/keys.ts'
import { World } from './world.ts'

/** Codes with which a server says that it does not want to be judged from here. */
const closed: Readonly<Record<string, string>> = {
  registration_closed: 'takes no new agents: it can be judged only while REGISTRATION is open',
  invitation_required: 'takes new agents by invitation: it can be judged only while REGISTRATION is open',
  rate_limited: 'counts what this machine asks: put its address on RATE_LIMIT_WHITELIST',
  address_blocked: 'has blocked this machine: put its address on RATE_LIMIT_WHITELIST',
}

/** Finds out whether there is a server, what its clock says, and whether it lets itself be judged; else a sentence for people. */
export async function meet(url: string): Promise<World | string> {
  const signal = AbortSignal.timeout(15_000)
  try {
    const before = Date.now()
    const { body } = await send(url, 'GET /v1/api', { signal })
    const after = Date.now()
    const ahead = Number.isSafeInteger(body?.time) ? Math.round(body.time - (before + after) / 2) : 0
    const world = new World(url, ahead)
    const newcomer = newAgent()
    const { status, body: said } = await registerV0(world, newcomer)
    if (status === 201) world.agents.push(newcomer)
    const reason = closed[said?.code]
    return reason ? `${world.url} ${reason}` : world
  } catch (error) {
    return `no server answers at ${url}: ${error instanceof Error ? error.message || error.name : error}`
  }
}
