import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startNodes } from '../../../../tools/testing/nodes.ts'
import { openInstanceKey } from './key.ts'

const [secret, another] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]

test('servers that start together have one key, which the database holds sealed', async () => {
  await using nodes = await startNodes()
  const [one, two] = await Promise.all([openInstanceKey(nodes.one, secret, 1), openInstanceKey(nodes.two, secret, 1)])
  assert.equal(one.identity.did, two.identity.did)
  assert.deepEqual([one.dids, one.replaced], [[one.identity.did], false])
})

test('where the secret is lost a new key signs; one that the secret does not open is not vouched for', async () => {
  await using nodes = await startNodes()
  const { identity: old } = await openInstanceKey(nodes.one, secret, 5)
  const { identity: fresh, dids, replaced } = await openInstanceKey(nodes.one, another, 1)
  assert.notEqual(fresh.did, old.did)
  assert.deepEqual([dids, replaced], [[fresh.did], true])
  assert.deepEqual((await openInstanceKey(nodes.two, another, 9)).dids, [fresh.did])
  // the first secret is back
  assert.deepEqual((await openInstanceKey(nodes.two, secret, 9)).identity.did, old.did)
})
