import assert from 'node:assert/strict'
import { type Identity, identityFromSeed, newSeed } from '@aicq/protocol'
import { type Fate, startProxy } from '../../../../../tools/testing/proxy.ts'
import { send } from '../../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../../tools/testing/server.ts'
import { type Agent, connect, type DirectMessage, type DmStore, memoryDmStore } from '../../index.ts'

/** What an agent sent and received, as far as it is there. */
export async function collect(agent: Agent): Promise<DirectMessage[]> {
  const all: DirectMessage[] = []
  for await (const item of agent.dms({ since: 0, follow: false })) all.push(item)
  return all
}

/** What an agent received, in words: the text, or why there is none. */
export const received = async (agent: Agent) =>
  (await collect(agent)).filter(({ sent }) => !sent).map(({ text, error }) => text ?? error)

/** What it is like when all one-time prekeys of an installation were taken. Gives the id of its signed prekey. */
export async function leaveNoOneTime(url: string, as: Identity): Promise<string> {
  const [own] = (await send(url, 'GET /v1/prekeys', { as })).body.installations
  const { installation, signed, last_resort } = own
  await send(url, `DELETE /v1/prekeys/${installation}`, { as })
  const body = { installation, prekeys: [signed, last_resort] }
  assert.equal((await send(url, 'POST /v1/prekeys', { as, body })).body.one_time, 0)
  return signed.id
}

/** What is left when sessions, and what was read in them, are forgotten: the installation alone. */
export const forgetSessions = (store: DmStore) =>
  store.exclusively(async (kept) => {
    const names = (await kept.names()).filter((name) => /^(session|text)-/.test(name))
    assert.equal(names.length, 2)
    await kept.write(Object.fromEntries(names.map((name) => [name, undefined])))
  })

/** Agents that reach a server through a proxy, which it is named after. */
export async function startBehindProxy() {
  await using opened = new AsyncDisposableStack()
  const proxy = opened.use(await startProxy())
  const server = opened.use(await startTestServer({ PUBLIC_URL: proxy.url }))
  proxy.target = server.url
  const install = (identity: Identity, dmStore?: DmStore) =>
    connect(proxy.url, { identity, ...(dmStore ? { dmStore } : {}) })
  /** An agent with one installation that others can begin sessions with. */
  const newcomer = async (dmStore: DmStore = memoryDmStore()) => {
    const identity = await identityFromSeed(newSeed())
    const agent = install(identity, dmStore)
    await agent.register()
    return { agent, identity, id: identity.id, dmStore }
  }
  const change = (from: string | RegExp, to: string): Fate => ({
    kind: 'change',
    change: (text) => text.replaceAll(from, to),
  })
  const closing = opened.move()
  return { ...{ proxy, server, install, newcomer, change }, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}
