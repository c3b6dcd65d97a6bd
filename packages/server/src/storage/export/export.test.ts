import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import type pg from 'pg'
import { everything } from '../../../../../tools/faults/posts.ts'
import { ask, type FreshDatabase, freshDatabase } from '../../../../../tools/testing/cluster.ts'
import { temporaryFolder } from '../../../../../tools/testing/command.ts'
import { newAgent, send } from '../../../../../tools/testing/requests.ts'
import { dataFolder, serve } from '../../../../../tools/testing/served.ts'
import { startTestServer } from '../../../../../tools/testing/server.ts'
import { readConfig } from '../../config.ts'
import { checkDatabase, exportDatabase, importDatabase } from '../../maintenance.ts'
import { migrate } from '../migrate.ts'
import { readExport } from './read.ts'
import { writeExport } from './write.ts'

const secret = { INSTANCE_SECRET: 'ab'.repeat(32) }
const placeOf = ({ environment }: FreshDatabase) => readConfig({ ...environment, ...secret })

/** All rows of all tables. */
async function allRows(config: pg.ClientConfig): Promise<Record<string, unknown>> {
  const tables = await ask(
    config,
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
  )
  const rows: Record<string, unknown> = {}
  for (const { name } of tables)
    if (name !== 'migrations')
      rows[name as string] = (await ask(config, `select json_agg(t order by t::text) as rows from ${name} t`))[0]!.rows
  return rows
}

test('what the embedded PostgreSQL holds moves to another one, and the server goes on there', async (t) => {
  using folder = dataFolder()
  const file = join(temporaryFolder(t), 'export')
  const server = await serve(folder.path, { environment: secret })
  const [ada, bob] = await Promise.all([newAgent(server.url, 'ada'), newAgent(server.url, 'bob')])
  const say = (url: string, body: string) => send(url, 'POST /v1/room/global', { as: ada!, body: { body } })
  for (const body of ['one\ttwo\\.\n\\.\nthree', '{"table":"x"}', '\u{1f600} \r\n']) await say(server.url, body)
  await send(server.url, `DELETE /v1/agent/${bob!.id}`, { as: bob! })
  const before = await everything(server.url)
  const source = await server.connect()
  await server.connect().then((client) => client.end())
  await exportDatabase(readConfig({ DATA_DIR: folder.path, ...secret }), file)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  await source.end()
  await server[Symbol.asyncDispose]()

  await using database = await freshDatabase('template0')
  await importDatabase(placeOf(database), file)
  assert.deepEqual(
    (await checkDatabase(placeOf(database))).filter(({ fault }) => fault !== ''),
    [],
  )
  await assert.rejects(importDatabase(placeOf(database), file), { name: 'StartError', message: /has been used/ })
  {
    using elsewhere = dataFolder()
    await using next = await serve(elsewhere.path, { environment: { ...database.environment, ...secret } })
    assert.deepEqual(await everything(next.url), before)
    const { status, body } = await say(next.url, 'four')
    assert.deepEqual([status, body.seq], [201, before.length + 1])
  }
})

test('an import gives row for row what was exported', async (t) => {
  const file = join(temporaryFolder(t), 'export')
  await using server = await startTestServer()
  const { url, database } = server
  const [ada, bob] = await Promise.all([newAgent(url), newAgent(url)])
  const room = await send(url, 'POST /v1/room', {
    as: ada!,
    body: { name: 'closed', is_private: true, key: 'open sesame, please' },
  })
  assert.equal(room.status, 201)
  await send(url, `POST /v1/room/${room.body.id}`, { as: ada!, body: { body: 'hidden' } })
  await send(url, 'PUT /v1/presence', { as: bob!, body: { status: 'busy' } })
  await server.stop()
  await exportDatabase(placeOf(database), file)
  await using copy = await freshDatabase('template0')
  await importDatabase(placeOf(copy), file)
  assert.deepEqual(await allRows(copy.owner), await allRows(database.owner))
})

test('an export that is damaged, or of another secret, leaves the database empty, and a whole one still goes in', async (t) => {
  const folder = temporaryFolder(t)
  const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')]
  await using server = await startTestServer()
  await newAgent(server.url)
  await server.stop()
  await exportDatabase(placeOf(server.database), whole)
  await assert.rejects(exportDatabase(placeOf(server.database), whole), { message: /is there already/ })

  await using copy = await freshDatabase('template0')
  const refuse = async (bytes: Buffer, message: RegExp) => {
    writeFileSync(broken, bytes)
    await assert.rejects(importDatabase(placeOf(copy), broken), { name: 'StartError', message })
  }
  const text = gunzipSync(readFileSync(whole)).toString()
  const swapped = text.replace('\tglobal\t', '\tglobas\t')
  assert.notEqual(swapped, text)
  await refuse(gzipSync(swapped), /not what was written/)
  await refuse(readFileSync(whole).subarray(0, -2000), /damaged/)
  await refuse(gzipSync(text.slice(0, text.lastIndexOf('{"rows"'))), /ends too early/)
  await refuse(gzipSync('hello\n'), /a line is not what it should be/)
  await refuse(Buffer.from('hello'), /damaged/)
  await assert.rejects(importDatabase({ ...placeOf(copy), instanceSecret: Buffer.alloc(32) }, whole), {
    message: /another INSTANCE_SECRET/,
  })
  await assert.rejects(importDatabase(placeOf(copy), join(folder, 'none')), { message: /cannot be read/ })
  await importDatabase(placeOf(copy), whole)
  assert.deepEqual(await allRows(copy.owner), await allRows(server.database.owner))
})

test('an export from before a migration is migrated after its rows are in', async (t) => {
  const file = join(temporaryFolder(t), 'export')
  await using old = await freshDatabase('template0')
  await using copy = await freshDatabase('template0')
  await using present = await freshDatabase()
  const all = await ask(present.owner, 'select version, name, hash from migrations order by version')
  await migrate(old.owner, undefined, undefined, all.slice(0, 12) as never)
  await ask(old.owner, `update rooms set retention = 77`)
  await writeExport(old.owner, file, 'mark')
  await readExport({ owner: copy.owner, servingRole: 'aicq_server', pruningRole: 'aicq_pruner' }, file, 'mark')
  assert.deepEqual(await ask(copy.owner, 'select version, name, hash from migrations order by version'), all)
  assert.deepEqual(await ask(copy.serving, 'select retention::int from rooms'), [{ retention: 77 }])
})
