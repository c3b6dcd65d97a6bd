import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { newMessageId } from '@aicq/protocol'
import { kept } from '../testing/kept.ts'
import { eventually, newAgent, send } from '../testing/requests.ts'
import { dataFolder, type ServedProcess, serve } from '../testing/served.ts'
import { patient, restartUnderWriters, stopWell, untilStopping } from './stop.ts'

// one after the other on the same data: to make it takes the longest
const folder = dataFolder()
after(() => folder[Symbol.dispose]())

/** Holds the lock of the log, so that posts wait. */
async function holdPosts(server: ServedProcess) {
  const [holder, observer] = [await server.connect(), await server.connect()]
  await holder.query('begin; select lock_log()')
  return {
    /** Waits until a post waits. */
    async held(): Promise<void> {
      await eventually(async () => {
        const { rowCount } = await observer.query(
          `select from pg_stat_activity where query like '%append_posts%' and wait_event_type = 'Lock'`,
        )
        return rowCount! > 0
      }, 60_000)
    },
    release: () => holder.query('commit'),
  }
}

test('a restart under eight writers loses no post, answers each that went out, and stores none twice', async () => {
  await restartUnderWriters(folder.path, 3, 150)
})

test('while a slow request is answered a stop answers what else comes on open connections, and tells each client to go', async () => {
  await using server = await serve(folder.path, { environment: patient })
  const ada = await newAgent(server.url)
  using slow = kept()
  const others = Array.from({ length: 5 }, kept)
  for (const connection of [slow, ...others])
    assert.equal((await connection.ask(server.url, 'GET /health/ready')).connection, 'keep-alive')
  const posts = await holdPosts(server)
  const body = { id: newMessageId(), body: 'slow' }
  const answer = slow.ask(server.url, 'POST /v1/room/global', { as: ada, body })
  await posts.held()
  const stopped = stopWell(server)
  await untilStopping(server.url)
  const asked = [
    ['/health/ready', 503],
    ['/health/live', 200],
    ['/v1/room/global', 200],
    ['/nowhere', 404],
    ['/v1/who/%zz', 400],
  ] as const
  for (const [at, [path, expected]] of asked.entries()) {
    const { status, connection } = await others[at]!.ask(server.url, `GET ${path}`)
    assert.deepEqual([path, status, connection], [path, expected, 'close'])
  }
  await posts.release()
  const { status, connection } = await answer
  assert.deepEqual([status, connection], [201, 'close'])
  await stopped
})

test('what arrived before the signal is answered, even if the server had not read it yet', async () => {
  await using server = await serve(folder.path, { environment: patient })
  const ada = await newAgent(server.url)
  const connections = Array.from({ length: 8 }, kept)
  for (const connection of connections.slice(4)) await connection.ask(server.url, 'GET /health/live')
  process.kill(server.pid, 'SIGSTOP')
  const answers = connections.map((connection) => {
    const sent = Promise.withResolvers<void>()
    const body = { id: newMessageId(), body: 'early' }
    const answer = connection.ask(server.url, 'POST /v1/room/global', { as: ada, body, sent: sent.resolve })
    return { sent: sent.promise, answer }
  })
  await Promise.all(answers.map(({ sent }) => sent))
  process.kill(server.pid, 'SIGTERM')
  process.kill(server.pid, 'SIGCONT')
  for (const { status } of await Promise.all(answers.map(({ answer }) => answer))) assert.equal(status, 201)
  assert.equal(await server.ended, 0)
})

test('answers are whole when a client reads them late, also those that it asked for one behind the other', async () => {
  await using server = await serve(folder.path, { environment: patient })
  const ada = await newAgent(server.url)
  const body = 'long '.repeat(800)
  for (let n = 0; n < 60; n++) await send(server.url, 'POST /v1/room/global', { as: ada, body: { body } })
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  const asked = 60
  socket.write('GET /v1/room/global?limit=60 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(asked))
  await once(socket, 'readable')
  const stopped = stopWell(server)
  await untilStopping(server.url)
  await sleep(300)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  const replies = Buffer.concat(chunks).toString().split('HTTP/1.1 200 OK\r\n').slice(1)
  assert.equal(replies.length, asked)
  for (const reply of replies) assert.equal(JSON.parse(reply.split('\r\n\r\n')[1]!).messages.length, 60)
  await stopped
})

test('connections without a request do not hold up a stop, used or not', async () => {
  await using server = await serve(folder.path, { environment: patient })
  using used = kept()
  await used.ask(server.url, 'GET /health/live')
  const unused = connect(Number(new URL(server.url).port), '127.0.0.1')
  await once(unused, 'connect')
  const closed = once(unused.resume(), 'close')
  await stopWell(server)
  await closed
})

test('a request that never ends, and an answer that takes too long, are cut off at STOP_TIMEOUT', async () => {
  await using server = await serve(folder.path, {
    environment: { ...patient, STOP_TIMEOUT: '1000' },
  })
  const ada = await newAgent(server.url)
  const half = connect(Number(new URL(server.url).port), '127.0.0.1')
  half.on('error', () => {})
  half.write(
    'POST /v1/room/global HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  )
  const closed = once(half.resume(), 'close')
  const posts = await holdPosts(server)
  using slow = kept()
  const body = { id: newMessageId(), body: 'too slow' }
  const refused = assert.rejects(slow.ask(server.url, 'POST /v1/room/global', { as: ada, body }), {
    code: 'ECONNRESET',
  })
  await posts.held()
  const begin = performance.now()
  const stopped = stopWell(server)
  const took = await Promise.all([closed, refused].map((end) => end.then(() => performance.now() - begin)))
  // timers may be a little early
  for (const ms of took) assert.ok(ms >= 990, `cut off after ${ms} ms`)
  await posts.release()
  await stopped
  await using next = await serve(folder.path)
  const repeated = await send(next.url, 'POST /v1/room/global', { as: ada, body })
  // the post itself was not taken back
  assert.equal(repeated.status, 200)
})

test('two signals at once are one: an answer is given, and PostgreSQL ends with the server', async () => {
  await using server = await serve(folder.path, { environment: patient })
  const ada = await newAgent(server.url)
  using slow = kept()
  const posts = await holdPosts(server)
  const answer = slow.ask(server.url, 'POST /v1/room/global', { as: ada, body: { id: newMessageId(), body: 'slow' } })
  await posts.held()
  const stopped = stopWell(server, ['SIGINT', 'SIGTERM'])
  await untilStopping(server.url)
  await posts.release()
  assert.equal((await answer).status, 201)
  await stopped
})

for (const [first, second] of [
  ['SIGTERM', 'SIGTERM'],
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
] as const)
  test(`${second} after ${first} ends a stop at once, and the next start finds everything`, async () => {
    await using server = await serve(folder.path, { environment: patient })
    const ada = await newAgent(server.url)
    const posted = await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'kept' } })
    using slow = kept()
    const posts = await holdPosts(server)
    const body = { id: newMessageId(), body: 'cut off' }
    const cut = assert.rejects(slow.ask(server.url, 'POST /v1/room/global', { as: ada, body }), { code: 'ECONNRESET' })
    await posts.held()
    process.kill(server.pid, first)
    await untilStopping(server.url)
    await sleep(600) // what comes at once is the same keystroke
    process.kill(server.pid, second)
    assert.equal(await server.ended, 130)
    await cut
    await using next = await serve(folder.path)
    const { body: page } = await send(next.url, `GET /v1/room/global?after_seq=${posted.body.seq - 1}&order=asc`)
    assert.equal(page.messages[0].id, posted.body.id)
  })
