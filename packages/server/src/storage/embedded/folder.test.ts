import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { newAgent } from '../../../../../tools/testing/requests.ts'
import { dataFolder, serve } from '../../../../../tools/testing/served.ts'
import { startEmbedded } from '../embedded.ts'

// one folder that was made once; each test works on a copy
const made = dataFolder()
let postmaster = ''
before(async () => {
  await using cluster = await startEmbedded(made.path)
  postmaster = readFileSync(join(cluster.location, 'postmaster.pid'), 'utf8')
})
after(() => made[Symbol.dispose]())

const copyTo = (path: string) => execFileSync('cp', ['-a', `${made.path}/.`, path])

/** Programs that become the server, where its data is on a disk of so many megabytes, seen by nobody else. */
function onDiskOf(megabytes: number, ...steps: string[]): string[] {
  const mount = ['set -e', `mount -t tmpfs -o size=${megabytes}m,mode=700 none "$DATA_DIR"`]
  const unshare =
    process.getuid?.() === 0 ? ['unshare', '--mount'] : ['unshare', '--user', '--map-root-user', '--mount']
  return [...unshare, 'sh', '-c', [...mount, ...steps].join('\n'), 'sh']
}

const [unshare, ...mounting] = onDiskOf(1)
const mounts = spawnSync(unshare!, mounting, { env: { PATH: process.env.PATH, DATA_DIR: '/mnt' } }).status === 0
const full =
  /^\{"error":\{"code":"start","message":"There is no space left for the data in \S+: make room and start again\."/m

// not every system lets its users mount
if (mounts)
  test('a first start on a full disk says so and leaves nothing; with room it starts', async () => {
    using folder = dataFolder()
    const through = onDiskOf(
      20,
      'if "$@"; then exit 9; fi',
      'echo "left: $(ls -A "$DATA_DIR")" >&2',
      'umount "$DATA_DIR"',
      'mount -t tmpfs -o size=300m,mode=700 none "$DATA_DIR"',
      'exec "$@"',
    )
    await using server = await serve(folder.path, { through })
    assert.match(server.said(), full)
    assert.match(server.said(), /^left: $/m)
    await newAgent(server.url)
  })

if (mounts)
  test('a start on a disk that is full by now says so and harms nothing; with room it starts', async () => {
    using folder = dataFolder()
    const through = onDiskOf(
      300,
      'cp -a "$MADE/." "$DATA_DIR"',
      'mkdir "$DATA_DIR/ballast"',
      'cat /dev/zero > "$DATA_DIR/ballast/file" 2> "$DATA_DIR/ballast/said" || true',
      'if "$@"; then exit 9; fi',
      'rm -r "$DATA_DIR/ballast"',
      'exec "$@"',
    )
    await using server = await serve(folder.path, { through, environment: { MADE: made.path } })
    assert.match(server.said(), full)
    await newAgent(server.url)
  })

// root may write everywhere
if (process.getuid?.() !== 0)
  test('a folder that may not be written is told by its name, with what to do', async () => {
    using folder = dataFolder()
    chmodSync(folder.path, 0o500)
    const start = startEmbedded(join(folder.path, 'data'))
    await assert.rejects(start, { name: 'StartError', message: /^DATA_DIR=.*data may not be written by the user/ })
    chmodSync(folder.path, 0o700)
  })

test('lock files that name a stranger are removed, and the stranger is left alone', async () => {
  using folder = dataFolder()
  copyTo(folder.path)
  const stranger = spawn('sleep', ['600'])
  const data = join(folder.path, 'postgres')
  const [, , ...rest] = postmaster.split('\n')
  writeFileSync(join(data, 'postmaster.pid'), [stranger.pid, data, ...rest].join('\n'))
  writeFileSync(join(data, '.s.PGSQL.5432.lock'), `${stranger.pid}\n${data}\n`)
  try {
    await using cluster = await startEmbedded(folder.path)
    assert.notEqual(readFileSync(join(cluster.location, 'postmaster.pid'), 'utf8').split('\n')[0], String(stranger.pid))
    assert.equal(stranger.exitCode ?? stranger.signalCode, null)
  } finally {
    stranger.kill()
  }
})

test('a copy of a folder works with a PostgreSQL of its own, not with that of the folder it was copied from', async () => {
  using folder = dataFolder()
  copyTo(folder.path)
  await using original = await startEmbedded(made.path)
  cpSync(join(original.location, 'postmaster.pid'), join(folder.path, 'postgres/postmaster.pid'))
  await using copy = await startEmbedded(folder.path)
  const client = new pg.Client({ host: copy.host, port: copy.port, user: 'postgres', database: 'aicq' })
  await client.connect()
  const { rows } = await client.query('show data_directory')
  await client.end()
  assert.equal(rows[0].data_directory, join(folder.path, 'postgres'))
})

test('a killed start leaves a draft, which the next one removes; that of a start which goes on stays', async () => {
  using folder = dataFolder()
  copyTo(folder.path)
  const [dead, alive] = [spawnSync('true').pid, process.ppid].map((pid) => join(folder.path, `postgres.new-${pid}`))
  for (const draft of [dead!, alive!]) mkdirSync(draft)
  await using _ = await startEmbedded(folder.path)
  assert.deepEqual([existsSync(dead!), existsSync(alive!)], [false, true])
})
