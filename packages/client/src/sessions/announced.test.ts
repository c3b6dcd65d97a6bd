import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dmVersionOf, identityFromSeed, newSeed } from '@aicq/protocol'
import { send } from '../../../../tools/testing/requests.ts'
import { memoryDmStore } from '../index.ts'
import { received, startBehindProxy } from './testing/network.ts'

/** An answer without the end of a key history, and without installations. */
function hidden(text: string): string {
  const { operations, installations, ...rest } = JSON.parse(text)
  if (operations) return JSON.stringify({ ...rest, operations: operations.slice(0, 1) })
  return installations ? JSON.stringify({ installations: [] }) : text
}

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

test('what a key history announced is remembered, though nothing could be sent then and the history is hidden now', async () => {
  await using network = await startBehindProxy()
  const { proxy, change } = network
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  const [theirs] = (await send(proxy.url, 'GET /v1/prekeys', { as: ada.identity })).body.installations
  const noInstallations = change(/"installations":\[.*\]/g, '"installations":[]')
  const otherKey = change(/"signed":\{.*?\}/g, `"signed":${JSON.stringify(theirs.signed)}`)
  for (const [fate, code] of [
    [noInstallations, 'downgrade_refused'],
    [otherKey, 'prekey_invalid'],
  ] as const) {
    const dmStore = memoryDmStore()
    proxy.fate = () => fate
    await assert.rejects(network.install(ada.identity, dmStore).dm(bob.id).send('secret'), { code })
    await dmStore.exclusively((kept) => kept.write({ [`keys-${bob.id}`]: undefined }))
    proxy.fate = () => ({ kind: 'change', change: hidden })
    await assert.rejects(network.install(ada.identity, dmStore).dm(bob.id).send('secret'), {
      code: 'downgrade_refused',
    })
  }
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
