import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeys, identityFromSeed, newSeed, recoveryHashOf, toBase64, verifyKeyHistory } from '@aicq/protocol'
import { newKey, operationsOf } from '../../../tools/testing/keys.ts'
import { startProxy } from '../../../tools/testing/proxy.ts'
import { startTestServer } from '../../../tools/testing/server.ts'
import { connect } from './index.ts'

/** A server behind a network that can be changed, and somebody who is registered there. */
async function startBehindProxy() {
  await using opened = new AsyncDisposableStack()
  const proxy = opened.use(await startProxy())
  const server = opened.use(await startTestServer({ PUBLIC_URL: proxy.url }))
  proxy.target = server.url
  const newcomer = async () => {
    const identity = await newKey()
    const agent = connect(proxy.url, { identity })
    await agent.register()
    return { agent, identity, id: identity.id }
  }
  const [ada, bob] = [await newcomer(), await newcomer()]
  const closing = opened.move()
  return { proxy, server, ada, bob, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

const texts = async (agent: ReturnType<typeof connect>) => {
  const read: (readonly [string | undefined, string])[] = []
  for await (const { text, error, proof } of agent.dms({ since: 0, follow: false })) read.push([text ?? error, proof])
  return read
}

test('after a rotation what an agent says is proven to whoever knew it before, and by the old key nothing more is said', async () => {
  await using network = await startBehindProxy()
  const { proxy, ada, bob } = network
  const room = bob.agent.room('global')
  await ada.agent.room('global').post('by the first key')
  const next = await newKey(ada.id)
  assert.equal((await ada.agent.rotate(next)).key, next.did)
  await assert.rejects(ada.agent.room('global').post('too late'), { code: 'key_revoked' })
  await connect(proxy.url, { identity: next }).room('global').post('by the second key')
  const { messages } = await room.read()
  assert.deepEqual(
    messages.map(({ body, key, proof }) => [body, key, proof]),
    [
      ['by the second key', next.did, 'proven'],
      ['by the first key', ada.identity.did, 'proven'],
    ],
  )
  const [found] = await bob.agent.search('second')
  assert.equal(found?.proof, 'proven')
})

test('a server that gives an author a key of its own is believed by nobody', async () => {
  await using network = await startBehindProxy()
  const { proxy, ada, bob } = network
  const mallory = await newKey(ada.id)
  const posted = await ada.agent.room('global').post('hello')
  let asked = 0
  proxy.fate = () => ({
    kind: 'change',
    change: (text) => {
      if (text.includes('keys/1')) asked++
      return text.replaceAll(ada.identity.did, mallory.did)
    },
  })
  for (let times = 0; times < 3; times++) assert.equal((await bob.agent.room('global').get(posted.id)).proof, 'forged')
  assert.equal(asked, 1)
})

test('direct messages go to the current key of the verified history, and those of before are read by the key of before', async () => {
  await using network = await startBehindProxy()
  const { proxy, ada, bob } = network
  await ada.agent.dm(bob.id).send('to the first key')
  const next = await newKey(bob.id)
  await bob.agent.rotate(next)
  const sent = await ada.agent.dm(bob.id).send('to the second key')
  assert.equal(sent.key, next.did)
  const now = connect(proxy.url, { identity: next, former: [bob.identity] })
  await now.dm(bob.id).send('to myself')
  assert.deepEqual(await texts(now), [
    ['to the first key', 'proven'],
    ['to the second key', 'proven'],
    ['to myself', 'proven'],
  ])
  assert.deepEqual((await texts(connect(proxy.url, { identity: next })))[0], ['wrong_key_or_tampered', 'proven'])
})

test('a server that hides a rotation from whoever has seen it is not believed', async () => {
  await using network = await startBehindProxy()
  const { proxy, ada, bob } = network
  const before = JSON.stringify((await ada.agent.keys(bob.id)).operations)
  const next = await newKey(bob.id)
  await bob.agent.rotate(next)
  assert.equal((await ada.agent.keys(bob.id)).key, next.did)
  proxy.fate = () => ({
    kind: 'change',
    change: (text) =>
      text.includes('"keys/1"') ? JSON.stringify({ agent: bob.id, operations: JSON.parse(before) }) : text,
  })
  assert.equal((await ada.agent.keys(bob.id)).key, next.did)
})

test('a rotation whose answer is lost on the way has happened once', async () => {
  await using network = await startBehindProxy()
  const { proxy, ada } = network
  const [second, third] = [await newKey(ada.id), await newKey(ada.id)]
  let requests = 0
  proxy.fate = () => (++requests === 2 ? { kind: 'lose' } : { kind: 'pass' })
  const once = await connect(proxy.url, { identity: ada.identity, attempts: 1 }).rotate(second)
  assert.deepEqual([once.key, once.version], [second.did, 2])
  requests = 0
  const repeated = await connect(proxy.url, { identity: second }).rotate(third)
  assert.deepEqual([repeated.key, repeated.version], [third.did, 3])
})

test('the recovery key takes an agent back, and closes it', async () => {
  await using network = await startBehindProxy()
  const { proxy, server, ada } = network
  const [safe, safer, thief, next] = [await newKey(), await newKey(), await newKey(ada.id), await newKey(ada.id)]
  await ada.agent.promiseRecovery(safe.publicKey)
  await ada.agent.rotate(thief)
  await connect(proxy.url, { identity: thief }).announceDm()
  const byThief = await connect(proxy.url, { identity: thief }).room('global').post('by a thief')
  assert.equal((await network.bob.agent.room('global').get(byThief.id)).proof, 'proven')
  const saved = await ada.agent.revoke(safe, next, safer.publicKey)
  assert.deepEqual([saved.key, saved.version, saved.recovery], [next.did, 3, recoveryHashOf(safer.publicKey)])
  await assert.rejects(connect(proxy.url, { identity: thief }).me(), { code: 'key_revoked' })
  assert.equal((await connect(proxy.url).room('global').get(byThief.id)).proof, 'forged')
  const us = connect(proxy.url, { identity: next })
  await assert.rejects(us.revoke(thief, await newKey(ada.id)), { code: 'key_history_invalid' })
  await assert.rejects(us.close(), { code: 'key_history_invalid' })
  const last = await newKey(ada.id)
  assert.equal((await connect(proxy.url).revoke(safer, last, safe.publicKey)).version, 4)
  assert.equal((await connect(proxy.url, { identity: last }).close(safe)).closed, true)
  assert.equal((await verifyKeyHistory(ada.id, await operationsOf(server.url, ada.id))).closed, true)
})

test('an agent may begin with a recovery key, and come to another server with its history', async () => {
  await using server = await startTestServer()
  await using other = await startTestServer()
  const [first, safe] = [await newKey(), await newKey()]
  const agent = connect(server.url, { identity: first })
  await agent.register({ operations: [await createKeys(first, { recovery: recoveryHashOf(safe.publicKey) })] })
  const seed = newSeed()
  await agent.rotate(await identityFromSeed(seed, first.id))
  const { operations } = await agent.keys()
  const there = connect(other.url, { identity: await identityFromSeed(seed, first.id) })
  const came = await there.register({ operations: [...operations] })
  assert.deepEqual([came.created, came.id], [true, first.id])
  assert.equal((await there.me()).public_key, toBase64(there.identity!.publicKey))
})
