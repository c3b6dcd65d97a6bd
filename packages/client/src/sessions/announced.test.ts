import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dmVersionOf, identityFromSeed, newSeed } from '@aicq/protocol'
import { memoryDmStore } from '../index.ts'
import { received, startBehindProxy } from './testing/network.ts'

test('who keeps sessions announces it in its key history, once, however many installations it has', async () => {
  await using network = await startBehindProxy()
  const ada = await network.newcomer()
  await Promise.all([1, 2, 3].map(() => network.install(ada.identity, memoryDmStore()).register()))
  const { dm, operations } = await network.install(ada.identity).keys()
  assert.equal(dm, 'aicq-dm-v2')
  assert.deepEqual(
    operations.map(({ op }) => op),
    ['create', 'announce'],
  )
})

test('a server that hides the installations of an agent never written to before is refused, and gets nothing', async () => {
  await using network = await startBehindProxy()
  const { proxy, change } = network
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  proxy.fate = () => change(/"installations":\[.*\]/g, '"installations":[]')
  await assert.rejects(ada.agent.dm(bob.id).send('secret'), { name: 'AicqError', code: 'downgrade_refused' })
  proxy.fate = () => ({ kind: 'pass' })
  assert.deepEqual(await received(bob.agent), [])
})

test('an agent that has changed its key begins sessions by the new one, and is who it was', async () => {
  await using network = await startBehindProxy()
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  await ada.agent.dm(bob.id).send('by the first key')
  const next = await identityFromSeed(newSeed(), ada.id)
  await ada.agent.rotate(next)
  const again = network.install(next, memoryDmStore())
  const sent = await again.dm(bob.id).send('by the second')
  assert.equal(dmVersionOf(sent.body), 'aicq-dm-v2')
  assert.deepEqual(await received(bob.agent), ['by the first key', 'by the second'])
  await bob.agent.dm(ada.id).send('welcome back')
  assert.ok((await received(again)).includes('welcome back'))
})
