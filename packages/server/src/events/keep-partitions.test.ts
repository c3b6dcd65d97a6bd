import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messageIdToUuid, newMessageId } from '@aicq/protocol'
import pg from 'pg'
import { type Nodes, startNodes } from '../../../../tools/testing/nodes.ts'
import { openPostgres } from '../storage/postgres.ts'
import { keepPartitions } from './keep-partitions.ts'

const day = 86_400_000
const retention = 7 * day

/** The days (UTC, `YYYYMMDD`) that a table has partitions for. */
async function days({ ask }: Nodes, table: string): Promise<string[]> {
  const rows = await ask<{ part: string }>(
    `select c.relname as part from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass`,
    [table],
  )
  return rows.map(({ part }) => part.slice(table.length + 1)).sort()
}

const named = (ms: number) => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '')

test('tables of the days to come are there: 32 for messages, so that the longest retention fits, 3 for ids and events', async () => {
  await using nodes = await startNodes()
  const now = Date.now() + 3 * day
  await keepPartitions(nodes.one, now, retention)
  for (const [table, ahead] of [
    ['messages', 32],
    ['dms', 32],
    ['receipts', 32],
    ['message_ids', 3],
    ['events', 3],
  ] as const) {
    const there = await days(nodes, table)
    for (let n = 0; n <= ahead; n++) assert.ok(there.includes(named(now + n * day)), `${table} ${n} days ahead`)
  }
})

test('making tables may take longer than another statement', async () => {
  await using nodes = await startNodes()
  await nodes.ask('alter function make_partitions rename to make_partitions_at_once')
  await nodes.ask(`create function make_partitions(now_ms bigint) returns boolean language sql security definer as
    $$ select pg_sleep(5.5); select make_partitions_at_once(now_ms) $$`)
  await nodes.ask('grant execute on function make_partitions to aicq_server')
  await using db = await openPostgres(nodes.database.serving, {
    poolSize: 1,
    statementTimeout: 5_000,
    connectTimeout: 60_000,
    timed: () => {},
  })
  await assert.rejects(db.query('select pg_sleep(5.5)'))
  const now = Date.now() + 3 * day
  await keepPartitions(db, now, retention)
  assert.ok((await days(nodes, 'events')).includes(named(now + 3 * day)))
})

test('events are dropped after their retention', async () => {
  await using nodes = await startNodes()
  const now = Date.now()
  await keepPartitions(nodes.one, now + retention, retention)
  assert.ok((await days(nodes, 'events')).includes(named(now)))
  await keepPartitions(nodes.one, now + retention + 2 * day, retention)
  assert.ok(!(await days(nodes, 'events')).includes(named(now)))
})

test('messages and ids are dropped on the day after the last one expired, not before', async () => {
  await using nodes = await startNodes()
  const now = Date.now()
  await nodes.ask('update rooms set retention = $1', [5 * day])
  await nodes.node(nodes.one)(nodes.draft())
  const expires = now + 5 * day
  await keepPartitions(nodes.one, expires - 1_000, retention)
  assert.equal((await nodes.ask('select from messages')).length, 1)
  assert.ok((await days(nodes, 'messages')).includes(named(expires)))
  assert.ok((await days(nodes, 'message_ids')).includes(named(now)))
  await keepPartitions(nodes.one, expires + day, retention)
  assert.ok(!(await days(nodes, 'messages')).includes(named(expires)))
  assert.ok(!(await days(nodes, 'message_ids')).includes(named(now)))
})

test('receipts are dropped with the messages of their day, not before', async () => {
  await using nodes = await startNodes()
  const expires = Date.now() + 5 * day
  await nodes.ask('insert into receipts (expires_at, message_id, agent_id, delivered_at) values ($1, $2, $3, 0)', [
    expires,
    messageIdToUuid(newMessageId()),
    crypto.randomUUID(),
  ])
  await keepPartitions(nodes.one, expires - 1_000, retention)
  assert.equal((await nodes.ask('select from receipts')).length, 1)
  await keepPartitions(nodes.one, expires + day, retention)
  assert.equal((await nodes.ask('select from receipts')).length, 0)
  assert.ok(!(await days(nodes, 'receipts')).includes(named(expires)))
})

test('direct messages are dropped on the day after the last one expired, and their ids with them, not before', async () => {
  await using nodes = await startNodes()
  const now = Date.now()
  const expires = now + 7 * day
  const values = [messageIdToUuid(newMessageId(now)), crypto.randomUUID(), crypto.randomUUID(), now, expires]
  await nodes.ask(
    `insert into dms (id, author, author_key, recipient, body, created, ts, expires_at) values ($1, $2, 1, $3, 'x', $4, $4, $5)`,
    values,
  )
  await nodes.ask(
    'insert into message_ids (id, author, recipient, seq, expires_at) values ($1, $2, $3, $4, $5)',
    values,
  )
  await keepPartitions(nodes.one, expires - 1_000, retention)
  assert.equal((await nodes.ask('select from dms')).length, 1)
  assert.equal((await nodes.ask('select from message_ids')).length, 1)
  await keepPartitions(nodes.one, expires + day, retention)
  assert.ok(!(await days(nodes, 'dms')).includes(named(expires)))
  assert.ok(!(await days(nodes, 'message_ids')).includes(named(now)))
})

test('a table that somebody reads is dropped another time, and posts go on meanwhile', async () => {
  await using nodes = await startNodes()
  const append = nodes.node(nodes.one)
  await append(nodes.draft())
  const reader = new pg.Client(nodes.database.superuser)
  await reader.connect()
  await reader.query('begin')
  await reader.query('select from events')
  const later = Date.now() + retention + 2 * day
  const today = named(Date.now())
  const keeping = keepPartitions(nodes.two, later, retention)
  const posted = await Promise.all(Array.from({ length: 20 }, () => append(nodes.draft())))
  assert.ok(posted.every(({ outcome }) => outcome === 'new'))
  await keeping
  assert.ok((await days(nodes, 'events')).includes(today))
  await reader.query('commit')
  await reader.end()
  await keepPartitions(nodes.two, later, retention)
  assert.ok(!(await days(nodes, 'events')).includes(today))
})
