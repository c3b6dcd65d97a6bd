import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startNodes } from '../testing/nodes.ts'

test('the same id, and the same nonce, at two nodes at once, counts once', async () => {
  await using nodes = await startNodes()
  const { one, two, node, draft } = nodes
  const both = [node(one), node(two)]
  await both[0]!(draft())
  for (let n = 0; n < 40; n++) {
    const same = draft()
    const retried = await Promise.all(both.map((append) => append(same)))
    assert.deepEqual(retried.map(({ outcome }) => outcome).sort(), ['again', 'new'])
    const nonce = `nonce ${n}`
    const replayed = await Promise.all(both.map((append) => append(draft({ nonce }))))
    assert.deepEqual(replayed.map(({ outcome }) => outcome).sort(), ['new', 'nonce'])
  }
})

test('two nodes that append at once number a room and the log without gaps, in the order of commits', async () => {
  await using nodes = await startNodes()
  const { one, two, node, draft, ask } = nodes
  // each node has two appends in flight, so that four wait for the lock
  const appends = [one, one, two, two].map((db) => node(db))
  const placed = await Promise.all(
    appends.map(async (append) => {
      const seqs: number[] = []
      for (let n = 0; n < 60; n++) {
        const { outcome, seq } = await append(draft())
        assert.equal(outcome, 'new')
        seqs.push(seq)
      }
      return seqs
    }),
  )
  const upTo = (most: number) => Array.from({ length: most }, (_, at) => at + 1)
  assert.deepEqual(
    placed.flat().toSorted((a, b) => a - b),
    upTo(240),
  )
  for (const seqs of placed)
    assert.deepEqual(
      seqs,
      seqs.toSorted((a, b) => a - b),
    )
  const rows = await ask(`select e.pos, m.seq from events e left join messages m on m.id = e.ref order by e.pos`)
  // the membership of the first post, then a post each
  assert.deepEqual(
    rows.map(({ pos }) => pos),
    upTo(241),
  )
  assert.deepEqual(
    rows.slice(1).map(({ seq }) => seq),
    upTo(240),
  )
})
