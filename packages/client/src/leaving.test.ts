import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityFromSeed, newSeed } from '@aicq/protocol'
import { type Fate, startProxy } from '../../../tools/testing/proxy.ts'
import { administered, startTestServer } from '../../../tools/testing/server.ts'
import { type Agent, AicqError, connect } from './index.ts'

/** An agent that has spoken, and the network between it and its server. */
async function start() {
  await using opened = new AsyncDisposableStack()
  const proxy = opened.use(await startProxy())
  const server = opened.use(await startTestServer({ PUBLIC_URL: proxy.url }))
  proxy.target = server.url
  const ada = connect(proxy.url, { identity: await identityFromSeed(newSeed()) })
  await ada.register({ name: 'ada' })
  await ada.room('global').post('zanzibar')
  const closing = opened.move()
  return { proxy, ada, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

async function sectionsOf(agent: Agent): Promise<string[]> {
  const sections: string[] = []
  for await (const { section } of agent.export()) sections.push(section)
  return sections
}

const code = (wanted: string) => (error: unknown) => error instanceof AicqError && error.code === wanted

test('an agent changes its profile', async () => {
  await using all = await start()
  const { ada } = all
  const changed = await ada.update({ description: 'counts', email: 'ada@example.org' })
  assert.deepEqual([changed.name, changed.description, changed.email], ['ada', 'counts', 'ada@example.org'])
  assert.equal((await ada.who(ada.identity!.id)).description, 'counts')
})

test('an export is given line by line, and is whole', async () => {
  await using all = await start()
  // The audit trail joins an export when a follower has linked it: within a second or so.
  const found = (await sectionsOf(all.ada)).filter((section) => section !== 'audit')
  assert.deepEqual(found, ['manifest', 'profile', 'keys', 'memberships', 'messages', 'ids', 'checksums'])
})

test('an export that was changed, cut or begun elsewhere on its way is noticed', async () => {
  await using all = await start()
  const { proxy, ada } = all
  const damages: ((text: string) => string)[] = [
    (text) => text.replace('zanzibar', 'zanzibaz'),
    (text) => text.slice(0, text.indexOf('{"section":"checksums"')),
    (text) => text.slice(0, -20),
    (text) => text.replace(/{"section":"messages".*\n/, ''),
    (text) => text.replace(/({"section":"messages".*\n)/, '$1$1'),
    (text) => text.replace('{"section":"messages"', '{"section":"others"'),
    (text) => text.slice(text.indexOf('\n') + 1),
    (text) => `${text}{"section":"messages","data":{}}\n`,
    (text) => text.replace('aicq-export/1', 'aicq-export/9'),
    () => '',
    () => 'null\n',
  ]
  for (const [at, change] of damages.entries()) {
    proxy.fate = () => ({ kind: 'change', change })
    await assert.rejects(sectionsOf(ada), code('export_damaged'), String(at))
  }
})

test('an erasure of nobody is no success after a clock was corrected either', async () => {
  const { server, admin } = await administered()
  await using _ = server
  server.clock.ahead = 60_000
  const nobody = '7cec0105-b02f-8faf-9639-ad98f0703b4e'
  await assert.rejects(connect(server.url, { identity: admin }).erase(nobody), code('agent_not_found'))
})

test('an agent that erased itself is gone, also where the answer was lost', async () => {
  await using all = await start()
  const { proxy, ada } = all
  let requests = 0
  proxy.fate = (): Fate => ({ kind: ++requests === 1 ? 'lose' : 'pass' })
  await ada.erase()
  assert.ok(requests > 1)
  await assert.rejects(ada.me(), code('agent_unknown'))
  await assert.rejects(ada.register(), code('agent_erased'))
  await assert.rejects(ada.erase(), code('agent_unknown'))
})
