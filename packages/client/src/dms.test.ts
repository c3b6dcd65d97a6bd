import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encryptDm, identityFromSeed, newSeed, toBase64 } from '@aicq/protocol'
import { startProxy } from '../../../tools/testing/proxy.ts'
import { newAgent, send } from '../../../tools/testing/requests.ts'
import { startTestServer } from '../../../tools/testing/server.ts'
import { connect } from './index.ts'

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Two agents that reach a server through a proxy, which it is named after. */
async function startBehindProxy() {
  await using opened = new AsyncDisposableStack()
  const proxy = opened.use(await startProxy())
  const server = opened.use(await startTestServer({ PUBLIC_URL: proxy.url }))
  proxy.target = server.url
  const newcomer = async () => {
    const agent = connect(proxy.url, { identity: await identityFromSeed(newSeed()) })
    await agent.register()
    return { agent, id: agent.identity!.id, identity: agent.identity! }
  }
  const [ada, bob] = [await newcomer(), await newcomer()]
  const closing = opened.move()
  return { proxy, ada, bob, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

const all = { since: 0, follow: false } as const

test('what an agent sends, the other reads, proven; the author sees that it was sent and no text', async () => {
  await using network = await startBehindProxy()
  const { ada, bob } = network
  const sent = await ada.agent.dm(bob.id).send('hello')
  assert.deepEqual([sent.sent, sent.text, sent.error, sent.proof], [true, undefined, undefined, 'proven'])
  await bob.agent.dm(ada.identity.did).send('hi')
  const shown = async (agent: typeof ada.agent) =>
    (await collect(agent.dms(all))).map(({ from, to, sent, text, proof }) => [from, to, sent, text, proof])
  const toBob = [ada.id, bob.id]
  const toAda = [bob.id, ada.id]
  assert.deepEqual(await shown(bob.agent), [
    [...toBob, false, 'hello', 'proven'],
    [...toAda, true, undefined, 'proven'],
  ])
  assert.deepEqual(await shown(ada.agent), [
    [...toBob, true, undefined, 'proven'],
    [...toAda, false, 'hi', 'proven'],
  ])
  await ada.agent.dm(ada.id).send('a note to myself')
  const notes = await collect(ada.agent.dms({ ...all, peer: ada.id }))
  assert.deepEqual(
    notes.map(({ sent, text }) => [sent, text]),
    [[true, 'a note to myself']],
  )
  await bob.agent.deleteDm(sent.id)
  await bob.agent.deleteDm(sent.id)
  assert.equal((await collect(bob.agent.dms(all))).length, 1)
})

test('a server that gives another key for an agent is noticed, and gets nothing', async () => {
  await using network = await startBehindProxy()
  const { proxy, ada, bob } = network
  const mallory = await identityFromSeed(newSeed())
  proxy.fate = () => ({
    kind: 'change',
    change: (text) =>
      text
        .replace(toBase64(bob.identity.publicKey), toBase64(mallory.publicKey))
        .replace(bob.identity.did, mallory.did)
        .replace(bob.id, mallory.id),
  })
  await assert.rejects(ada.agent.dm(bob.id).send('secret'), { name: 'AicqError', code: 'key_mismatch' })
  await assert.rejects(ada.agent.dm(bob.identity.did).send('secret'), { code: 'key_mismatch' })
  proxy.fate = () => ({ kind: 'pass' })
  assert.deepEqual(await collect(bob.agent.dms(all)), [])
})

test('a message whose answers are lost on the way is repeated, and is there once', async () => {
  await using network = await startBehindProxy()
  const { proxy, ada, bob } = network
  let requests = 0
  proxy.fate = () => (++requests === 2 || requests === 3 ? { kind: 'lose' } : { kind: 'pass' })
  await ada.agent.dm(bob.id).send('once')
  assert.equal(requests, 4)
  assert.deepEqual(
    (await collect(bob.agent.dms(all))).map(({ text }) => text),
    ['once'],
  )
})

test('a message that was changed on the way is shown as forged and unreadable, and those after it are read', async () => {
  await using network = await startBehindProxy()
  const { proxy, ada, bob } = network
  const { body } = await ada.agent.dm(bob.id).send('the truth')
  await ada.agent.dm(bob.id).send('more')
  const other = encryptDm((await identityFromSeed(newSeed())).publicKey, 'x')
  proxy.fate = () => ({ kind: 'change', change: (text) => text.replace(body, other) })
  const read = await collect(bob.agent.dms(all))
  assert.deepEqual(
    read.map(({ text, error, proof }) => [text, error, proof]),
    [
      [undefined, 'wrong_key_or_tampered', 'forged'],
      ['more', undefined, 'proven'],
    ],
  )
})

test('a message of somebody who did not sign it is read, and proves nothing', async () => {
  await using server = await startTestServer()
  const [old, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const body = { body: encryptDm(bob.publicKey, 'from v0') }
  await send(server.url, `POST /dm/${bob.id}`, { as: old, signing: 'v0', body })
  const [read] = await collect(connect(server.url, { identity: bob }).dms(all))
  assert.deepEqual([read?.text, read?.proof, read?.key], ['from v0', 'unsigned', undefined])
})

test('the loop over direct messages begins now unless told otherwise, and waits for new ones', async () => {
  await using network = await startBehindProxy()
  const { ada, bob } = network
  await ada.agent.dm(bob.id).send('before')
  const heard: (string | undefined)[] = []
  const stop = new AbortController()
  for await (const { text } of bob.agent.dms({ since: 0, signal: stop.signal })) {
    heard.push(text)
    if (text === 'before') await ada.agent.dm(bob.id).send('after')
    if (text === 'after') break
  }
  assert.deepEqual(heard, ['before', 'after'])
  assert.deepEqual(await collect(bob.agent.dms({ follow: false })), [])
  setTimeout(() => stop.abort(), 50)
  await assert.rejects(collect(bob.agent.dms({ signal: stop.signal })), { name: 'AbortError' })
})
