import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { ask, freshDatabase } from '../../../../tools/testing/cluster.ts'
import { migrate } from './migrate.ts'

const files = readdirSync(new URL('./migrations/', import.meta.url)).sort()

test('servers that start together apply each migration once, in order', async () => {
  await using database = await freshDatabase('template0')
  await Promise.all(Array.from({ length: 4 }, () => migrate(database.owner, 'aicq_server')))
  const rows = await ask(database.owner, 'select version, name from migrations order by at, version')
  assert.deepEqual(
    rows.map(({ name }) => name),
    files,
  )
  assert.deepEqual(
    rows.map(({ version }) => version),
    files.map((name) => Number.parseInt(name, 10)),
  )
  await migrate(database.owner, 'aicq_server')
  assert.equal((await ask(database.owner, 'select from migrations')).length, files.length)
})

test('a database that is newer than this program is refused by the name of what it has', async () => {
  await using database = await freshDatabase()
  await ask(database.owner, `insert into migrations values (9999, '9999-later.sql', 'x')`)
  await assert.rejects(migrate(database.owner), {
    name: 'StartError',
    message: /9999-later\.sql.*start a newer version/,
  })
})

test('a migration whose text is another one than was applied is refused', async () => {
  await using database = await freshDatabase()
  await ask(database.owner, `update migrations set hash = 'x' where version = 2`)
  await assert.rejects(migrate(database.owner), { name: 'StartError', message: /0002-rooms\.sql.*another build/ })
})

test('a migration that fails leaves nothing of itself, and is applied by a later start', async () => {
  await using database = await freshDatabase('template0')
  await ask(database.owner, 'create table room_activity (stranger int)')
  await assert.rejects(migrate(database.owner), { name: 'StartError', message: /0007-statistics\.sql failed/ })
  const left = await ask(
    database.owner,
    `select to_regclass('totals') as totals, (select max(version) from migrations) as version`,
  )
  assert.deepEqual(left, [{ totals: null, version: 6 }])
  await ask(database.owner, 'drop table room_activity')
  await migrate(database.owner)
  assert.equal((await ask(database.owner, 'select from migrations')).length, files.length)
})

test('the role that serves may work with rows, and may not touch tables or the record of migrations', async () => {
  await using database = await freshDatabase()
  await ask(database.serving, 'update rooms set retention = retention')
  for (const sql of [
    'create table mine (id int)',
    'alter table agents add column more int',
    'drop table messages',
    'truncate events',
    'drop function append_posts',
    'delete from migrations',
    `insert into migrations values (9999, 'x', 'x')`,
    'set role aicq_owner',
    'create role somebody',
  ])
    await assert.rejects(ask(database.serving, sql), { code: '42501' }, sql)
  const roles = await ask(
    database.serving,
    `select from pg_roles where rolname like 'aicq\\_%' and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls)`,
  )
  assert.equal(roles.length, 0)
})
