import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { newMessageId } from '@aicq/protocol'
import pg from 'pg'
import { type DebianPostgres, startDebianPostgres, startReplica } from '../../../../tools/services/postgresql.ts'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { readConfig } from '../config.ts'
import { openLogger } from '../log.ts'
import { startServer } from '../server.ts'
import { connection } from './cluster.ts'
import { migrate } from './migrate.ts'

const url = ({ host, port }: DebianPostgres, role: string) =>
  `postgres://aicq_${role}@${encodeURIComponent(host)}:${port}/aicq`

async function ask(server: DebianPostgres, sql: string): Promise<void> {
  const client = new pg.Client(connection(server, 'postgres', 'aicq'))
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

/** `ofAnother`: the replica is that of another primary. `patience`: milliseconds by which it may be behind. */
async function startWithReplica({ ofAnother = false, patience = 30_000 } = {}) {
  await using opened = new AsyncDisposableStack()
  const primary = opened.use(await startDebianPostgres())
  const source = ofAnother ? opened.use(await startDebianPostgres()) : primary
  if (ofAnother) {
    // with the same tables, and further on
    await migrate(connection(source, 'aicq_owner', 'aicq'), 'aicq_server')
    for (let n = 0; n < 5; n++) await ask(source, `select pg_switch_wal(), pg_logical_emit_message(true, 'x', 'x')`)
  }
  let replica = opened.use(await startReplica(source))
  const config = readConfig({
    PORT: '0',
    INSTANCE_SECRET: 'ab'.repeat(32),
    RATE_LIMIT_WHITELIST: '127.0.0.1',
    DATABASE_URL: url(primary, 'server'),
    DATABASE_OWNER_URL: url(primary, 'owner'),
    DATABASE_REPLICA_URL: url(replica, 'server'),
  })
  const server = opened.use(await startServer(config, { log: openLogger('silent'), replicaPatience: patience }))
  /** How often reads were done where, since it was asked last. */
  let before = { replica: 0, primary: 0 }
  const reads = async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text()
    const count = (where: string) =>
      Number(new RegExp(`aicq_replica_reads_total\\{where="${where}"\\} (\\d+)`).exec(text)?.[1] ?? 0)
    const now = { replica: count('replica'), primary: count('primary') }
    const since = { replica: now.replica - before.replica, primary: now.primary - before.primary }
    before = now
    return since
  }
  const closing = opened.move()
  return {
    url: server.url,
    reads,
    pause: () => ask(replica, 'select pg_wal_replay_pause()'),
    resume: () => ask(replica, 'select pg_wal_replay_resume()'),
    async stopReplica() {
      await replica[Symbol.asyncDispose]()
      replica = { ...replica, [Symbol.asyncDispose]: async () => {} }
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

test('histories, searches and lists of rooms are read from the replica once it has what the caller wrote', async () => {
  await using server = await startWithReplica()
  const { url, reads } = server
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  const bodies = async (as: typeof ada) =>
    (await send(url, 'GET /v1/room/global', { as })).body.messages.map(({ body }: { body: string }) => body)
  await eventually(async () => {
    await bodies(ada)
    return (await reads()).replica === 1
  })
  await send(url, 'GET /v1/find?q=hello', { as: ada })
  await send(url, 'GET /v1/channels', { as: ada })
  assert.deepEqual(await reads(), { replica: 2, primary: 0 })

  // what is written is not at the replica yet: its author reads it, others may read what was before
  await server.pause()
  await send(url, 'POST /v1/room/global', { as: ada, body: { body: 'hello' } })
  assert.deepEqual(await bodies(ada), ['hello'])
  await send(url, 'GET /v1/channels', { as: ada })
  assert.deepEqual(await reads(), { replica: 0, primary: 2 })
  assert.deepEqual(await bodies(bob), [])
  assert.deepEqual(await reads(), { replica: 1, primary: 0 })
  // what is missing there may only be late
  const thread = `GET /v1/room/global?thread=${newMessageId()}`
  assert.equal((await send(url, thread, { as: bob })).body.code, 'message_not_found')
  assert.deepEqual(await reads(), { replica: 0, primary: 1 })
  await server.resume()
  await eventually(async () => {
    assert.deepEqual(await bodies(ada), ['hello'])
    return (await reads()).replica === 1
  })
})

test('what was deleted here, and who has left here, is not read from a replica that still has it', async () => {
  await using server = await startWithReplica()
  const { url, reads } = server
  const [ada, bob, eve] = [await newAgent(url), await newAgent(url), await newAgent(url)]
  const post = async (as: typeof ada, body: string) =>
    (await send(url, 'POST /v1/room/global', { as, body: { body } })).body.id
  const [first] = [await post(ada, 'to be deleted'), await post(bob, 'of who leaves'), await post(eve, 'stays')]
  const shown = async () =>
    (await send(url, 'GET /v1/room/global', { as: eve })).body.messages.map(({ body }: { body: string }) => body)
  await eventually(async () => (await shown()) && (await reads()).replica === 1)
  await server.pause()
  assert.equal((await send(url, `DELETE /v1/room/global/${first}`, { as: ada })).status, 204)
  assert.deepEqual(await shown(), ['stays', 'of who leaves'])
  assert.equal((await send(url, `DELETE /v1/agent/${bob.id}`, { as: bob })).status, 204)
  assert.deepEqual(await shown(), ['stays'])
  assert.deepEqual(await reads(), { replica: 0, primary: 2 })
})

test('a replica that is too far behind, or gone, is not used, and nothing fails', async () => {
  await using server = await startWithReplica({ patience: 2_000 })
  const { url, reads } = server
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  const read = async () => (await send(url, 'GET /v1/room/global', { as: bob })).status
  await eventually(async () => (await read()) === 200 && (await reads()).replica === 1)
  await server.pause()
  await send(url, 'POST /v1/room/global', { as: ada, body: { body: 'not there yet' } })
  await eventually(async () => (await read()) === 200 && (await reads()).primary === 1)
  await server.resume()
  await eventually(async () => (await read()) === 200 && (await reads()).replica === 1)
  await server.stopReplica()
  for (let n = 0; n < 20; n++) assert.equal(await read(), 200)
  assert.equal((await reads()).primary, 20)
})

test('the replica of another database is never read', async () => {
  await using server = await startWithReplica({ ofAnother: true })
  const { url, reads } = server
  for (let n = 0; n < 20; n++) {
    assert.equal((await send(url, 'GET /v1/room/global')).status, 200)
    await sleep(50)
  }
  assert.deepEqual(await reads(), { replica: 0, primary: 20 })
})
