import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GLOBAL_ROOM, identityFromSeed, messageIdToUuid, newMessageId, newSeed } from '@aicq/protocol'
import pg from 'pg'
import { insertAgent } from '../../packages/server/src/agents/agents.sql.ts'
import { type Draft, groupCommit } from '../../packages/server/src/events/group-commit.ts'
import type { Db } from '../../packages/server/src/storage/db.ts'
import { openPostgres } from '../../packages/server/src/storage/postgres.ts'
import { freshDatabase } from '../testing/cluster.ts'

/** Two nodes on one database, each with its own connections, and drafts of an agent that is registered there. */
async function startNodes() {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await freshDatabase())
  const options = { poolSize: 4, statementTimeout: 5_000, timed: () => {} }
  const one = opened.use(await openPostgres(database.serving, options))
  const two = opened.use(await openPostgres(database.serving, options))
  const { id: author, publicKey: key, did } = await identityFromSeed(newSeed())
  const agent = { id: author, key, did, name: undefined, email: undefined, proven: true, joinedAt: 0 }
  await one.transaction((tx) => insertAgent(tx, agent))
  const draft = (more: Partial<Draft> = {}): Draft => ({
    author,
    version: 1,
    id: messageIdToUuid(newMessageId()),
    room: GLOBAL_ROOM,
    type: 'text',
    pid: null,
    body: 'x',
    authority: null,
    created: 0,
    sig: null,
    nonce: null,
    ...more,
  })
  const node = (db: Db) => groupCommit(db, Date.now, () => {})
  const closing = opened.move()
  return { database, one, two, node, draft, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

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
  const { database, one, two, node, draft } = nodes
  // each node has two appends in flight, so that four wait for the lock
  const appends = [one, one, two, two].map(node)
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
  const client = new pg.Client(database.owner)
  await client.connect()
  const { rows } = await client.query(
    `select e.pos, m.seq from events e left join messages m on m.id = e.ref order by e.pos`,
  )
  await client.end()
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
