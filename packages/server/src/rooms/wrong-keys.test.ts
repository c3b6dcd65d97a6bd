import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRoomId } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

const key = 'open sesame, please'

/** A server behind a proxy that lets each address send two wrong keys, and a private room on it. */
async function startWithRoom() {
  const server = await startTestServer({
    RATE_LIMIT_WHITELIST: '',
    TRUST_PROXY: '127.0.0.1',
    LIMIT_ROOM_KEYS: '2/60',
  })
  const ada = await newAgent(server.url)
  const made = await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'vault', is_private: true, key } })
  return { server, ada, room: made.body.id as string, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const come = (url: string, room: string, roomKey: string, from: string) =>
  send(url, `GET /v1/room/${room}`, { headers: { 'x-aicq-room-key': roomKey, 'x-forwarded-for': from } })

test('wrong room keys have a limit of their own per address, whichever room they are for, and though it is missing', async () => {
  await using all = await startWithRoom()
  const { server, room } = all
  const wrong = 'not the key of anything'
  assert.equal((await come(server.url, room, wrong, '192.0.2.1')).status, 404)
  assert.equal((await come(server.url, newRoomId(), wrong, '192.0.2.1')).status, 404)
  for (const one of [room, newRoomId()]) {
    const refused = await come(server.url, one, wrong, '192.0.2.1')
    assert.equal(refused.status, 429)
    assert.equal(refused.body.limit.operation, 'room_keys')
    assert.equal(Number(refused.headers.get('retry-after')), refused.body.retry_after)
  }
  assert.equal((await come(server.url, room, wrong, '192.0.2.2')).status, 404)
})

test('the right key is not counted, and once it is remembered it opens the room though nothing is left', async () => {
  await using all = await startWithRoom()
  const { server, ada, room } = all
  const others = await Promise.all(
    [1, 2, 3].map((n) =>
      send(server.url, 'POST /v1/room', { as: ada, body: { name: 'other', is_private: true, key: `${key} ${n}` } }),
    ),
  )
  for (const [at, { body }] of others.entries())
    assert.equal((await come(server.url, body.id, `${key} ${at + 1}`, '192.0.2.1')).status, 200)
  assert.equal((await come(server.url, room, key, '192.0.2.1')).status, 200)
  for (const _ of [1, 2]) assert.equal((await come(server.url, room, 'not the key of it', '192.0.2.1')).status, 404)
  assert.equal((await come(server.url, room, 'another wrong key', '192.0.2.1')).status, 429)
  assert.equal((await come(server.url, room, key, '192.0.2.1')).status, 200)
})

test('a member who sends a wrong key is let in as a member, and nothing is counted', async () => {
  await using all = await startWithRoom()
  const { server, ada, room } = all
  for (const n of [1, 2, 3, 4]) {
    const headers = { 'x-aicq-room-key': `a wrong key, number ${n}`, 'x-forwarded-for': '192.0.2.1' }
    assert.equal((await send(server.url, `GET /v1/room/${room}`, { as: ada, headers })).status, 200)
  }
})

test('many who come at once with the right key are let in, also from one address, and one refusal is not for all', async () => {
  await using all = await startWithRoom()
  const { server, room } = all
  for (const _ of [1, 2]) assert.equal((await come(server.url, room, 'not the key of it', '192.0.2.1')).status, 404)
  const addresses = ['192.0.2.1', ...Array(20).fill('192.0.2.2')]
  const statuses = await Promise.all(addresses.map(async (from) => (await come(server.url, room, key, from)).status))
  assert.deepEqual(statuses.slice(1), Array(20).fill(200))
})

test('a wrong key costs the same work whether its room exists or not, so that time tells nobody', async () => {
  await using all = await startWithRoom()
  const { server, room } = all
  // of this process, bcrypt's threads with it: however slow the machine is just now
  const cost = async (one: string, from: string) => {
    const before = process.cpuUsage()
    assert.equal((await come(server.url, one, 'not the key of anything', from)).status, 404)
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  const [there, missing]: [number[], number[]] = [[], []]
  for (const n of [1, 2]) {
    there.push(await cost(room, `192.0.2.${n}`))
    missing.push(await cost(newRoomId(), `192.0.2.${n}`))
  }
  const ratio = Math.min(...missing) / Math.min(...there)
  assert.ok(ratio > 0.5 && ratio < 2, `${ratio}`)
})

test('a verified key is remembered for five minutes, and then has to be compared again', async (t) => {
  await using all = await startWithRoom()
  const { server, room } = all
  const status = async (roomKey: string) => (await come(server.url, room, roomKey, '192.0.2.1')).status
  assert.equal(await status(key), 200)
  // nothing is left that could be compared
  for (const n of [1, 2]) assert.equal(await status(`a wrong key, number ${n}`), 404)
  const now = performance.now.bind(performance)
  let ahead = 200_000
  t.mock.method(performance, 'now', () => now() + ahead)
  assert.equal(await status(key), 200)
  ahead = 301_000
  assert.equal(await status(key), 429)
})
