import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../../../tools/testing/server.ts'
import { connect, identityFromSeed, newSeed } from './index.ts'

test('an agent says what became of a message, repeats it safely, and its author sees that', async () => {
  await using server = await startTestServer()
  const [ada, bob] = await Promise.all(
    [0, 1].map(async () => connect(server.url, { identity: await identityFromSeed(newSeed()) })),
  )
  for (const agent of [ada!, bob!]) await agent.register()
  const [hers, his] = [ada!.room('global'), bob!.room('global')]
  await his.post('here')
  const { id } = await hers.post('please')
  const first = await his.ack(id, 'done', { note: 'built' })
  assert.deepEqual([first.state, first.note], ['done', 'built'])
  assert.deepEqual(await his.ack(id, 'done'), first)
  assert.deepEqual(await his.ack(id, 'seen'), first)
  const mine = await hers.get(id)
  assert.equal(mine.proof, 'proven')
  const { by, ...counts } = mine.receipts!
  assert.deepEqual(counts, { delivered: 1, seen: 1, done: 1, failed: 0 })
  assert.deepEqual(
    by?.map(({ state, note, at }) => ({ state, note, at })),
    [first],
  )
  assert.deepEqual((await his.get(id)).receipts, counts)
  await assert.rejects(hers.ack(id, 'seen'), { code: 'invalid_request' })
})
