import assert from 'node:assert/strict'
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { everything } from '../../../../../tools/faults/posts.ts'
import { newAgent, send } from '../../../../../tools/testing/requests.ts'
import { dataFolder, serve } from '../../../../../tools/testing/served.ts'
import { readConfig } from '../../config.ts'
import { backUpDatabase, checkDatabase, restoreDatabase } from '../../maintenance.ts'

const place = (dataDir: string) => readConfig({ DATA_DIR: dataDir })

test('a backup of a server under writers holds all that was acknowledged before, and its restore is a new epoch', async () => {
  using folder = dataFolder()
  using other = dataFolder()
  const backup = join(other.path, 'backup')
  const restored = join(other.path, 'data')
  const acknowledged: string[] = []
  let cursor = ''
  const ada = await (async () => {
    await using server = await serve(folder.path)
    const authors = await Promise.all(Array.from({ length: 4 }, () => newAgent(server.url)))
    let isOver = false
    const writing = authors.map(async (as) => {
      while (!isOver) {
        const { status, body } = await send(server.url, 'POST /v1/room/global', { as, body: { body: 'x'.repeat(500) } })
        if (status === 201) acknowledged.push(body.id)
      }
    })
    while (acknowledged.length < 200) await new Promise((resolve) => setTimeout(resolve, 10))
    const before = acknowledged.length
    await backUpDatabase(place(folder.path), backup)
    assert.ok(acknowledged.length > before, 'posts went on')
    isOver = true
    await Promise.all(writing)
    acknowledged.length = before
    cursor = (await send(server.url, 'GET /v1/sync', { as: authors[0]! })).body.cursor
    return authors[0]!
  })()
  assert.equal(statSync(backup).mode & 0o777, 0o700)

  await restoreDatabase(place(restored), backup)
  assert.deepEqual(
    (await checkDatabase(place(restored))).filter(({ fault }) => fault !== ''),
    [],
  )
  await using server = await serve(restored)
  const there = new Set((await everything(server.url)).map(({ id }) => id))
  assert.deepEqual(
    acknowledged.filter((id) => !there.has(id)),
    [],
  )
  const { status, body } = await send(server.url, `GET /v1/sync?cursor=${cursor}`, { as: ada })
  assert.deepEqual([status, body.code], [410, 'resync_required'])
  const posted = await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'another life' } })
  assert.deepEqual([posted.status, posted.body.seq], [201, there.size + 1])
  assert.equal(
    readFileSync(join(restored, 'instance-secret'), 'utf8'),
    readFileSync(join(folder.path, 'instance-secret'), 'utf8'),
  )
})

test('what would overwrite data, and a backup that is damaged, is refused and leaves nothing', async () => {
  using folder = dataFolder()
  const [backup, restored] = [join(folder.path, 'backup'), join(folder.path, 'restored')]
  await (await serve(folder.path))[Symbol.asyncDispose]()
  await backUpDatabase(place(folder.path), backup)
  await assert.rejects(backUpDatabase(place(folder.path), backup), { name: 'StartError', message: /is there already/ })
  await assert.rejects(restoreDatabase(place(folder.path), backup), { message: /postgres is there already/ })
  await assert.rejects(restoreDatabase(place(restored), folder.path), { message: /is no backup/ })

  // as whole as its manifest says, and no database: PostgreSQL does not start on it
  const broken = join(folder.path, 'broken')
  cpSync(backup, broken, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(broken, 'manifest.json'), 'utf8'))
  for (const name of Object.keys(manifest.files)) if (/pg_wal/.test(name)) delete manifest.files[name]
  writeFileSync(join(broken, 'manifest.json'), JSON.stringify(manifest))
  await assert.rejects(restoreDatabase(place(restored), broken), { name: 'StartError', message: /did not start/ })
  for (const name of ['postgres', 'instance-secret']) assert.equal(existsSync(join(restored, name)), false, name)

  const file = join(backup, 'data/global/pg_control')
  const bytes = readFileSync(file)
  bytes[100]! ^= 1
  writeFileSync(file, bytes)
  await assert.rejects(restoreDatabase(place(restored), backup), {
    message: 'The backup is damaged: data/global/pg_control is not what was written.',
  })
  rmSync(file)
  await assert.rejects(restoreDatabase(place(restored), backup), { message: /pg_control is missing/ })
  assert.equal(existsSync(join(restored, 'postgres')), false)
})

test('a backup is for the embedded PostgreSQL', async () => {
  const elsewhere = readConfig({ DATABASE_URL: 'postgres://127.0.0.1/aicq' })
  await assert.rejects(backUpDatabase(elsewhere, 'nowhere'), { name: 'StartError', message: /pg_basebackup/ })
})
