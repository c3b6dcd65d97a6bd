import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { dataFolder, serve } from '../../../../tools/testing/served.ts'

const main = join(import.meta.dirname, '../../../cli/src/main.js')

/** A start that is to fail: its code and what it says. */
async function failedStart(environment: Record<string, string>): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [main, 'serve'], {
    env: { PATH: process.env.PATH, PORT: '0', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => (said += chunk))
  const [code] = await once(child, 'close')
  return { code, said }
}

test('PostgreSQL is heard on a socket alone, by system users that are known, in UTF-8, and is durable', async () => {
  using folder = dataFolder()
  await using server = await serve(folder.path)
  const client = await server.connect()
  const { rows } = await client.query(`select name, setting from pg_settings where name = any($1)`, [
    [
      'listen_addresses',
      'server_encoding',
      'dynamic_shared_memory_type',
      'fsync',
      'synchronous_commit',
      'full_page_writes',
    ],
  ])
  assert.deepEqual(Object.fromEntries(rows.map(({ name, setting }) => [name, setting])), {
    listen_addresses: '',
    server_encoding: 'UTF8',
    dynamic_shared_memory_type: 'mmap',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
  })
  const collation = await client.query(`select datcollate from pg_database where datname = 'aicq'`)
  assert.equal(collation.rows[0].datcollate, 'C.UTF-8')
  const serving = await client.query(
    `select distinct usename, rolsuper from pg_stat_activity join pg_roles on rolname = usename
      where application_name like 'aicq%'`,
  )
  assert.deepEqual(serving.rows, [{ usename: 'aicq_server', rolsuper: false }])
  await client.end()
  const access = readFileSync(join(folder.path, 'postgres/pg_hba.conf'), 'utf8')
  assert.equal(access, 'local all all peer map=aicq\n')
})

test('a second server on the same data is refused at once, by the pid of the first, which goes on', async () => {
  using folder = dataFolder()
  await using server = await serve(folder.path)
  const { code, said } = await failedStart({ DATA_DIR: folder.path })
  assert.equal(code, 1)
  assert.match(said, new RegExp(`A server is running on this data already: process ${server.pid} `))
  await newAgent(server.url)
})

test('the PostgreSQL of a server that was killed is found by the next one, and used', async () => {
  using folder = dataFolder()
  const killed = await serve(folder.path)
  const ada = await newAgent(killed.url)
  const [postmaster] = killed.postgres()
  await killed.kill()
  await using server = await serve(folder.path)
  assert.equal(server.postgres()[0], postmaster)
  assert.equal((await send(server.url, `GET /v1/who/${ada.id}`)).status, 200)
})

test('a folder with so long a path that no socket fits gets its socket elsewhere, where nobody else may enter', async () => {
  using folder = dataFolder()
  const deep = join(folder.path, 'd'.repeat(60), 'e'.repeat(60))
  await using server = await serve(deep)
  await newAgent(server.url)
  const [, , , , socket] = readFileSync(join(deep, 'postgres/postmaster.pid'), 'utf8').split('\n')
  assert.match(socket!, /\/aicq-[0-9a-f]{16}$/)
  assert.equal(statSync(socket!).mode & 0o777, 0o700)
})

test('a first start that was killed leaves nothing half-made', async () => {
  using opened = new DisposableStack()
  let folder: ReturnType<typeof dataFolder>
  do {
    folder = opened.use(dataFolder())
    const child = spawn(process.execPath, [main, 'serve'], {
      env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: folder.path },
      stdio: 'ignore',
    })
    const names = () => readdirSync(folder.path)
    const until = Date.now() + 60_000
    while (!names().some((name) => name.startsWith('postgres')) && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 2))
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.ok(names().some((name) => name.startsWith('postgres')))
  } while (existsSync(join(folder.path, 'postgres'))) // this process was held up until it was made
  await using server = await serve(folder.path)
  await newAgent(server.url)
})

test('a folder that another major version made is left as it is, and the start says so', async () => {
  using folder = dataFolder()
  const data = join(folder.path, 'postgres')
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(join(data, 'PG_VERSION'), '12\n')
  const { code, said } = await failedStart({ DATA_DIR: folder.path })
  assert.equal(code, 1)
  assert.match(said, /12/)
  assert.deepEqual(readdirSync(data), ['PG_VERSION'])
})
