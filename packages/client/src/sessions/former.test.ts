import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDmV2 } from '@aicq/protocol'
import { newKey } from '../../../../tools/testing/keys.ts'
import { send } from '../../../../tools/testing/requests.ts'
import { connect } from '../index.ts'
import { collect, forgetSessions, received, startBehindProxy } from './testing/network.ts'

/** Ada, and bob who has another key since she wrote to him. */
async function startRotated() {
  await using opened = new AsyncDisposableStack()
  const network = opened.use(await startBehindProxy())
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  const { body } = await ada.agent.dm(bob.id).send('not read yet')
  const next = await newKey(bob.id)
  await bob.agent.rotate(next)
  const again = connect(network.proxy.url, { identity: next, former: [bob.identity], dmStore: bob.dmStore })
  const closing = opened.move()
  return { ...{ network, ada, bob, body, next, again }, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

test('a first message to an earlier key is read after the change, and so is what comes to the new one', async () => {
  await using rotated = await startRotated()
  const { ada, bob, again } = rotated
  assert.deepEqual(await received(again), ['not read yet'])
  await ada.agent.dm(bob.id).send('nor is this')
  assert.deepEqual(await received(again), ['not read yet', 'nor is this'])
  await again.dm(ada.id).send('by the new key')
  assert.deepEqual(await received(ada.agent), ['by the new key'])
})

test('a message to an earlier key is answered in a new session', async () => {
  await using rotated = await startRotated()
  const { ada, again, body } = rotated
  assert.deepEqual(await received(again), ['not read yet'])
  const answer = await again.dm(ada.id).send('by the new key')
  assert.notEqual(readDmV2(answer.body).session, readDmV2(body).session)
  assert.deepEqual(await received(ada.agent), ['by the new key'])
})

test('without the earlier key its messages are not read, and are when it is given', async () => {
  await using rotated = await startRotated()
  const { network, bob, next, again } = rotated
  assert.deepEqual(await received(network.install(next, bob.dmStore)), ['wrong_key_or_tampered'])
  assert.deepEqual(await received(again), ['not read yet'])
})

test('an earlier one-time prekey is erased with the message that used it too', async () => {
  await using rotated = await startRotated()
  const { network, ada, bob, body, again } = rotated
  assert.deepEqual(await received(again), ['not read yet'])
  await forgetSessions(bob.dmStore)
  assert.equal(
    (await send(network.proxy.url, `POST /v1/dm/${bob.id}`, { as: ada.identity, body: { body } })).status,
    201,
  )
  assert.deepEqual(await received(again), ['prekey_unknown', 'prekey_unknown'])
})

test('what was kept for an earlier key is erased when no message for it can come any more', async () => {
  await using rotated = await startRotated()
  const { network, bob, next, again } = rotated
  await collect(again)
  const formerKept = (expires?: number) =>
    bob.dmStore.exclusively(async (kept) => {
      const ours = JSON.parse((await kept.read('installation'))!)
      if (expires !== undefined) for (const prekey of ours.former[0].prekeys) prekey.expires = expires
      await kept.write({ installation: JSON.stringify(ours) })
      return ours.former.length
    })
  assert.equal(await formerKept(Date.now() - 30 * 86_400_000), 1)
  await collect(network.install(next, bob.dmStore))
  assert.equal(await formerKept(Date.now() - 32 * 86_400_000), 1)
  await collect(network.install(next, bob.dmStore))
  assert.equal(await formerKept(), 0)
})
