import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDmV2 } from '@aicq/protocol'
import { send } from '../../../../tools/testing/requests.ts'
import { memoryDmStore } from '../index.ts'
import { collect, leaveNoOneTime, received, startBehindProxy } from './testing/network.ts'

test('each installation of an agent gets a copy of its own, and reads its own alone', async () => {
  await using network = await startBehindProxy()
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  const other = network.install(bob.identity, memoryDmStore())
  await collect(other)
  const sent = await ada.agent.dm(bob.id).send('to both')
  assert.equal(sent.copies?.length, 1)
  const readings = [await received(bob.agent), await received(other)]
  for (const texts of readings) assert.deepEqual(texts.toSorted(), ['prekey_unknown', 'to both'])
  assert.notEqual(readings[0]!.indexOf('to both'), readings[1]!.indexOf('to both'))
  await other.dm(ada.id).send('from the other')
  assert.deepEqual(await received(ada.agent), ['from the other'])
})

test('when too much of a session is missing, the answer begins a new one', async () => {
  await using network = await startBehindProxy()
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  await ada.agent.dm(bob.id).send('hello')
  await collect(bob.agent)
  const first = await bob.agent.dm(ada.id).send('hello yourself')
  await collect(ada.agent)
  // as if 1,001 messages had been lost
  await ada.dmStore.exclusively(async (kept) => {
    const name = `session-${readDmV2(first.body).session}`
    const session = JSON.parse((await kept.read(name))!)
    session.ratchet.sending.next += 1_001
    await kept.write({ [name]: JSON.stringify(session) })
  })
  await ada.agent.dm(bob.id).send('far away')
  assert.deepEqual(await received(bob.agent), ['hello', 'too_many_skipped'])
  const anew = await bob.agent.dm(ada.id).send('say it again')
  assert.notEqual(readDmV2(anew.body).session, readDmV2(first.body).session)
  assert.deepEqual(await received(ada.agent), ['hello yourself', 'say it again'])
  await ada.agent.dm(bob.id).send('here I am')
  assert.equal((await received(bob.agent)).at(-1), 'here I am')
})

test('an agent whose key has changed begins new sessions, and reads what comes in old ones', async () => {
  await using network = await startBehindProxy()
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  const { body } = await ada.agent.dm(bob.id).send('hello')
  assert.deepEqual(await received(bob.agent), ['hello'])
  await ada.dmStore.exclusively(async (kept) => {
    const ours = JSON.parse((await kept.read('installation'))!)
    await kept.write({ installation: JSON.stringify({ ...ours, key: bob.identity.did }) })
  })
  const changed = network.install(ada.identity, ada.dmStore)
  const anew = await changed.dm(bob.id).send('it is me')
  assert.notEqual(readDmV2(anew.body).session, readDmV2(body).session)
  assert.deepEqual(await received(bob.agent), ['hello', 'it is me'])
  await bob.agent.dm(ada.id).send('I see')
  assert.ok((await received(changed)).includes('I see'))
})

test('prekeys are filled up when they run low', async () => {
  await using network = await startBehindProxy()
  const { proxy } = network
  const bob = await network.newcomer()
  const own = async () => (await send(proxy.url, 'GET /v1/prekeys', { as: bob.identity })).body.installations[0]
  assert.equal((await own()).one_time, 50)
  await leaveNoOneTime(proxy.url, bob.identity)
  assert.equal((await own()).one_time, 0)
  await collect(network.install(bob.identity, bob.dmStore))
  assert.equal((await own()).one_time, 50)
})

test('the ninth installation takes the place of the one that was not heard of for the longest time', async () => {
  await using network = await startBehindProxy()
  const bob = await network.newcomer()
  const own = async (): Promise<string[]> =>
    (await send(network.proxy.url, 'GET /v1/prekeys', { as: bob.identity })).body.installations.map(
      ({ installation }: { installation: string }) => installation,
    )
  const [first] = await own()
  for (let n = 0; n < 8; n++) await collect(network.install(bob.identity, memoryDmStore()))
  const now = await own()
  assert.equal(now.length, 8)
  assert.ok(!now.includes(first!))
})
