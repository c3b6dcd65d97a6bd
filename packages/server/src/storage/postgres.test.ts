import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '@aicq/protocol'
import { startNodes } from '../../../../tools/testing/nodes.ts'
import { eventually } from '../../../../tools/testing/requests.ts'
import { openPostgres } from './postgres.ts'

const unavailable = (sqlstate?: string) => (error: unknown) => {
  assert.ok(error instanceof ProtocolError)
  assert.equal(error.code, 'unavailable')
  if (sqlstate) assert.equal((error.cause as { code?: string }).code, sqlstate)
  return true
}

const answers = async (db: { query<Row>(sql: string): Promise<Row[]> }) =>
  assert.deepEqual(await db.query('select 1 as one'), [{ one: 1 }])

test('short statements are not compiled', async () => {
  await using nodes = await startNodes()
  assert.deepEqual(await nodes.one.query('show jit'), [{ jit: 'off' }])
})

test('a statement that takes longer than STATEMENT_TIMEOUT is ended as unavailable, and the next one answers', async () => {
  await using nodes = await startNodes({ statementTimeout: 1_000, connectTimeout: 60_000 })
  await assert.rejects(nodes.one.query('select pg_sleep(30)'), unavailable('57014'))
  await eventually(() =>
    answers(nodes.one).then(
      () => true,
      () => false,
    ),
  ) // a busy machine may need longer for that as well
})

test('a connection that is ended under a statement gives unavailable, and the next one answers', async () => {
  await using nodes = await startNodes()
  const [{ pid }] = (await nodes.one.query('select pg_backend_pid() as pid')) as [{ pid: number }]
  const asked = assert.rejects(nodes.one.query('select pg_sleep(30)'), unavailable())
  while ((await nodes.ask(`select from pg_stat_activity where pid = $1 and query like '%sleep%'`, [pid])).length === 0);
  await nodes.ask('select pg_terminate_backend($1)', [pid])
  await asked
  await answers(nodes.one)
})

test('a database that refuses connections is unavailable', async () => {
  await using nodes = await startNodes()
  const { host } = nodes.database.serving
  const nobody = { ...nodes.database.serving, host: `${host}/nobody` }
  await assert.rejects(openPostgres(nobody, { poolSize: 1, statementTimeout: 500, timed: () => {} }), unavailable())
})

test('more calls than connections wait, and a wait that is too long is unavailable', async () => {
  await using nodes = await startNodes({ poolSize: 1, connectTimeout: 1_500 })
  const held = Promise.withResolvers<void>()
  const working = nodes.one.transaction(() => held.promise)
  await assert.rejects(nodes.one.query('select 1'), unavailable())
  held.resolve()
  await working
  await answers(nodes.one)
})

test('a value that PostgreSQL cannot take is told as it is', async () => {
  await using nodes = await startNodes()
  await assert.rejects(nodes.one.query('select $1::uuid', ['no uuid']), { code: '22P02' })
  await answers(nodes.one)
})

test('a transaction whose work fails leaves nothing, and one inside another joins it', async () => {
  await using nodes = await startNodes()
  const { one } = nodes
  const move = 'update followers set pos = 7 where pos <> 7 returning pos'
  const failed = one.transaction(async (tx) => {
    await tx.transaction((inner) => inner.query(move))
    throw new RangeError('the work failed')
  })
  await assert.rejects(failed, RangeError)
  assert.deepEqual(await one.query('select pos from followers where pos = 7'), [])
  await one.transaction((tx) => tx.transaction((inner) => inner.query(move)))
  assert.equal((await one.query('select pos from followers where pos = 7')).length, 1)
})

test('a transaction that does nothing for a second is ended, and holds its locks no longer', async () => {
  await using nodes = await startNodes({ statementTimeout: 5_000, connectTimeout: 60_000 })
  const lock = 'select from log_head for update'
  const idle = nodes.one.transaction(async (tx) => {
    await tx.query(lock)
    await nodes.two.transaction((other) => other.query(lock))
    await tx.query('select 1')
  })
  await assert.rejects(idle, unavailable())
  await answers(nodes.one)
})
