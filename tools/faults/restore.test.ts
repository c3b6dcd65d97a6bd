import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import type { Identity } from '@aicq/protocol'
import type pg from 'pg'
import { eventually, newAgent, send } from '../testing/requests.ts'
import { dataFolder, serve } from '../testing/served.ts'

const say = (url: string, as: Identity, body: string) => send(url, 'POST /v1/room/global', { as, body: { body } })
const sync = (url: string, as: Identity, query = '') => send(url, `GET /v1/sync?${query}`, { as })

/** With owners and modes, on which the database insists. */
const copy = (from: string, to: string) => execFileSync('cp', ['-a', '-T', from, to])

/** Every row of one database, put into the tables of another in place of theirs: what a dump and its restore do. */
async function restore(from: pg.Client, to: pg.Client): Promise<void> {
  const { rows } = await to.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
  )
  await to.query('set session_replication_role = replica')
  // the server works on these tables meanwhile, and PostgreSQL may have to choose between the two
  const truncate = () => to.query(`truncate ${rows.map(({ name }) => name)}`).then(() => true)
  await eventually(() => truncate().catch((error) => error.code !== '40P01' && Promise.reject(error)))
  for (const { name } of rows) {
    const all = await from.query<{ rows: string }>(`select coalesce(json_agg(t), '[]')::text as rows from ${name} t`)
    await to.query(`insert into ${name} select * from json_populate_recordset(null::${name}, $1::json)`, [
      all.rows[0]!.rows,
    ])
  }
}

test('after a restore from a backup every old cursor says where to begin again', async () => {
  using folder = dataFolder()
  using other = dataFolder()
  const environment = { INSTANCE_SECRET: 'ab'.repeat(32) }
  const cursors: string[] = []
  await using old = await serve(folder.path, { environment })
  const ada = await newAgent(old.url)
  for (const body of ['one', 'two']) {
    await say(old.url, ada, body)
    cursors.push((await sync(old.url, ada)).body.cursor)
  }
  assert.equal((await sync(old.url, ada, `cursor=${cursors[0]}`)).status, 200)
  {
    await using server = await serve(other.path, { environment })
    const [from, to] = [await old.connect(), await server.connect()]
    await restore(from, to)
    await from.end()
    await to.end()
  }
  await say(old.url, ada, 'lost')
  cursors.push((await sync(old.url, ada)).body.cursor)

  await using server = await serve(other.path, { environment })
  await say(server.url, ada, 'another life')
  for (const cursor of cursors) {
    const { status, body } = await sync(server.url, ada, `cursor=${cursor}`)
    assert.deepEqual([status, body.code], [410, 'resync_required'])
    assert.deepEqual((await sync(server.url, ada, `cursor=${body.cursor}`)).body.events, [])
  }
  const { body } = await send(server.url, 'GET /v1/room/global')
  assert.deepEqual(
    body.messages.map(({ body }: { body: string }) => body),
    ['another life', 'two', 'one'],
  )
})

test('after an old copy of the files was put back, a cursor of what is lost says where to begin again', async () => {
  using folder = dataFolder()
  using backup = dataFolder()
  const start = await serve(folder.path)
  const { data } = start
  const ada = await newAgent(start.url)
  await say(start.url, ada, 'kept')
  const kept = (await sync(start.url, ada)).body.cursor
  await start[Symbol.asyncDispose]()
  copy(data, backup.path)
  const second = await serve(folder.path)
  await say(second.url, ada, 'lost')
  const lost = (await sync(second.url, ada)).body.cursor
  await second[Symbol.asyncDispose]()
  rmSync(data, { recursive: true })
  copy(backup.path, data)

  await using server = await serve(folder.path)
  assert.equal((await sync(server.url, ada, `cursor=${lost}`)).status, 410)
  await say(server.url, ada, 'another life')
  assert.equal((await sync(server.url, ada, `cursor=${lost}`)).status, 410)
  const { body } = await sync(server.url, ada, `cursor=${kept}`)
  assert.deepEqual(
    body.events.map(({ message }: { message: { body: string } }) => message.body),
    ['another life'],
  )
})
