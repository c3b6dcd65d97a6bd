import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import type { Identity } from '@aicq/protocol'
import { everything } from '../../../tools/faults/posts.ts'
import { startRedis } from '../../../tools/services/redis.ts'
import { freshDatabase } from '../../../tools/testing/cluster.ts'
import { temporaryFolder } from '../../../tools/testing/command.ts'
import { family, killIfThere } from '../../../tools/testing/processes.ts'
import { eventually, newAgent, send } from '../../../tools/testing/requests.ts'

const main = join(import.meta.dirname, 'main.js')

function start(t: TestContext, environment: Record<string, string>) {
  const env = { PATH: process.env.PATH, PORT: '0', DATA_DIR: temporaryFolder(t), ...environment }
  const child = spawn(process.execPath, [main, 'serve', '--workers', '2', '--json'], { env })
  let said = ''
  child.stderr.on('data', (chunk) => (said += chunk))
  const ended = once(child, 'close')
  t.after(() => killIfThere(child.pid!))
  return { child, ended, said: () => said }
}

/** A primary with two workers, and what they need. */
async function startTwo(t: TestContext) {
  await using opened = new AsyncDisposableStack()
  const redis = opened.use(await startRedis())
  const database = opened.use(await freshDatabase())
  const server = start(t, {
    ...database.environment,
    REDIS_URL: redis.url,
    INSTANCE_SECRET: 'ab'.repeat(32),
    RATE_LIMIT_WHITELIST: '127.0.0.1',
  })
  opened.defer(async () => {
    server.child.kill('SIGTERM')
    await server.ended
  })
  const url = await urlFrom(server.child.stdout)
  const workers = () => family(server.child.pid!).filter((pid) => pid !== server.child.pid)
  const closing = opened.move()
  return { ...server, url, workers, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

/** From the line that announces a server, between those of its log. */
async function urlFrom(stdout: Readable): Promise<string> {
  let text = ''
  stdout.on('data', (chunk) => (text += chunk))
  return eventually(async () => /"url":"([^"]+)"/.exec(text)?.[1], 240_000)
}

/** Posts on a connection of its own each time until told to stop; gives the ids that were acknowledged. */
async function write(url: string, as: Identity, isOver: () => boolean): Promise<string[]> {
  const ids: string[] = []
  while (!isOver()) {
    const answer = await send(url, 'POST /v1/room/global', { as, body: { body: 'x' } }).catch(() => undefined)
    if (answer?.status === 201) ids.push(answer.body.id)
  }
  return ids
}

test('two workers are one server: figures are added up, and one that is killed is replaced while the other goes on', async (t) => {
  await using server = await startTwo(t)
  const { url, workers } = server
  assert.equal(workers().length, 2)
  const ada = await newAgent(url)
  for (let n = 0; n < 20; n++) await send(url, 'POST /v1/room/global', { as: ada, body: { body: 'counted' } })
  const figures = await (await fetch(`${url}/metrics`)).text()
  assert.match(figures, /^aicq_messages_posted_total\{room_type="public"\} 20$/m)
  assert.match(figures, /^aicq_log_position 2[0-9]$/m)
  assert.match(figures, /^aicq_build_info\{version="[\d.]+"\} 1$/m)

  let isOver = false
  const writing = Promise.all([ada, await newAgent(url)].map((as) => write(url, as, () => isOver)))
  const [victim] = workers()
  process.kill(victim!, 'SIGKILL')
  await eventually(async () => workers().length === 2 && !workers().includes(victim!), 240_000)
  assert.match(server.said(), new RegExp(`worker ${victim} ended with SIGKILL: another one starts in 1 s`))
  isOver = true
  const ids = (await writing).flat()
  const there = new Set((await everything(url)).map(({ id }) => id))
  assert.ok(ids.length > 0)
  assert.deepEqual(
    ids.filter((id) => !there.has(id)),
    [],
  )
})

test('SIGTERM to the primary ends all workers well, and none outlives a primary that is killed', async (t) => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await using server = await startTwo(t)
    await newAgent(server.url)
    const all = server.workers()
    server.child.kill(signal)
    const [code] = await server.ended
    assert.equal(code, signal === 'SIGTERM' ? 0 : null)
    await eventually(async () => !all.some((pid) => existsSync(`/proc/${pid}/exe`)), 240_000)
  }
})

test('workers without a PostgreSQL and a Redis to share are refused', async (t) => {
  const server = start(t, {})
  assert.equal((await server.ended)[0], 1)
  assert.match(server.said(), /--workers needs DATABASE_URL and REDIS_URL/)
})

test('a first worker that cannot start says why once, and the primary ends', async (t) => {
  const server = start(t, { DATABASE_URL: 'postgres://127.0.0.1:1/none', REDIS_URL: 'redis://127.0.0.1:1' })
  assert.equal((await server.ended)[0], 1)
  assert.equal(server.said().match(/DATABASE_URL=/g)?.length, 1)
})
