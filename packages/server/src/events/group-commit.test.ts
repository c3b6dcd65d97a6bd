import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { type Nodes, startNodes } from '../../../../tools/testing/nodes.ts'
import type { Placed } from './group-commit.ts'

/** Holds the lock of the log, so that appends wait; `release` lets them go on. */
async function holdLog({ database }: Nodes): Promise<{ release: () => Promise<void> }> {
  const client = new pg.Client(database.superuser)
  await client.connect()
  await client.query('begin; select lock_log()')
  return { release: () => client.end() }
}

/** The backends whose append waits for the log; waits until there is one. */
async function waitingAppends({ ask }: Nodes): Promise<number[]> {
  while (true) {
    const rows = await ask<{ pid: number }>(
      `select pid from pg_stat_activity
        where datname = current_database() and query like '%append_posts%' and wait_event_type = 'Lock'`,
    )
    if (rows.length > 0) return rows.map(({ pid }) => pid)
  }
}

test('posts that arrive while one is being stored go together, 200 at most', async () => {
  await using nodes = await startNodes()
  const batches: number[] = []
  const append = nodes.node(nodes.one, (posts) => batches.push(posts))
  const held = await holdLog(nodes)
  const placed = [append(nodes.draft())]
  await waitingAppends(nodes)
  for (let n = 0; n < 300; n++) placed.push(append(nodes.draft()))
  await held.release()
  const seqs = (await Promise.all(placed)).map(({ seq }) => seq)
  assert.deepEqual(batches, [1, 200, 100])
  assert.deepEqual(
    seqs,
    seqs.map((_, at) => at + 1),
  )
})

test('a post that PostgreSQL cannot take fails alone', async () => {
  await using nodes = await startNodes()
  const append = nodes.node(nodes.one)
  const held = await holdLog(nodes)
  const first = append(nodes.draft())
  await waitingAppends(nodes)
  const posts = Array.from({ length: 9 }, (_, at) => append(nodes.draft(at === 4 ? { id: 'no uuid' } : {})))
  await held.release()
  await first
  const settled = await Promise.allSettled(posts)
  for (const [at, post] of settled.entries())
    if (at === 4) {
      assert.equal(post.status, 'rejected')
      assert.equal((post as PromiseRejectedResult).reason.code, 'internal')
    } else assert.equal((post as PromiseFulfilledResult<Placed>).value?.outcome, 'new')
  assert.equal((await nodes.ask('select from messages')).length, 9)
})

test('a post whose connection is lost before it is stored is told so, is not stored, and the next one goes on', async () => {
  await using nodes = await startNodes()
  const append = nodes.node(nodes.one)
  const held = await holdLog(nodes)
  const lost = assert.rejects(append(nodes.draft()), { code: 'unavailable' })
  const [pid] = await waitingAppends(nodes)
  await nodes.ask('select pg_terminate_backend($1)', [pid])
  await lost
  await held.release()
  assert.equal((await append(nodes.draft())).seq, 1)
  assert.equal((await nodes.ask('select from messages')).length, 1)
})

test('the same message twice in one batch is stored once', async () => {
  await using nodes = await startNodes()
  const append = nodes.node(nodes.one)
  const held = await holdLog(nodes)
  const first = append(nodes.draft())
  await waitingAppends(nodes)
  const draft = nodes.draft()
  const both = [append(draft), append(nodes.draft()), append(draft)]
  await held.release()
  await first
  assert.deepEqual(
    (await Promise.all(both)).map(({ outcome }) => outcome),
    ['new', 'new', 'again'],
  )
  assert.deepEqual(await nodes.ask('select count(*), max(seq) from messages'), [{ count: 3, max: 3 }])
})
