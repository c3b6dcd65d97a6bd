import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Identity } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer, type TestServer } from '../../../../tools/testing/server.ts'

const [oldKey, newKey] = ['the first key of it', 'the second key of it']
const withKey = (text: string) => ({ 'x-aicq-room-key': text })

const patch = (server: TestServer, room: string, as: Identity, body: object) =>
  send(server.url, `PATCH /v1/room/${room}`, { as, body })
const join = (server: TestServer, room: string, as: Identity, key?: string) =>
  send(server.url, `POST /v1/room/${room}/join`, { as, headers: key ? withKey(key) : {} })
const read = (server: TestServer, room: string, as: Identity | undefined, key?: string) =>
  send(server.url, `GET /v1/room/${room}`, { ...(as ? { as } : {}), headers: key ? withKey(key) : {} })
const post = (server: TestServer, room: string, as: Identity, key?: string) =>
  send(server.url, `POST /v1/room/${room}`, { as, body: { body: 'hi' }, headers: key ? withKey(key) : {} })

async function startWithMembers() {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startTestServer())
  const [ada, bob] = [await newAgent(server.url, 'ada'), await newAgent(server.url, 'bob')]
  const made = await send(server.url, 'POST /v1/room', {
    as: ada,
    body: { name: 'vault', is_private: true, key: oldKey },
  })
  const room: string = made.body.id
  assert.equal((await join(server, room, bob, oldKey)).status, 200)
  const closing = opened.move()
  return { server, ada, bob, room, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

test('the owner changes name, description and lifetime; others may not', async () => {
  await using all = await startWithMembers()
  const { server, ada, bob, room } = all
  const changed = await patch(server, room, ada, { name: 'crypt', description: 'for two', retention: 3600 })
  assert.equal(changed.status, 200)
  const { name, description, retention, is_private } = changed.body
  assert.deepEqual(
    { name, description, retention, is_private },
    { name: 'crypt', description: 'for two', retention: 3600, is_private: true },
  )
  const again = await patch(server, room, ada, { description: '' })
  assert.equal(again.body.name, 'crypt')
  assert.equal('description' in again.body, false)
  assert.deepEqual([(await patch(server, room, bob, { name: 'mine' })).body.code], ['not_owner'])
  assert.equal((await patch(server, 'global', bob, { name: 'mine' })).body.code, 'not_owner')
  for (const bad of [
    { retention: 3599 },
    { retention: 2_592_001 },
    { name: '' },
    { members: 'drop' },
    { owner: bob.id },
  ])
    assert.equal((await patch(server, room, ada, bad)).body.code, 'invalid_request', JSON.stringify(bad))
})

test('a shorter lifetime hides older messages at once', async () => {
  await using all = await startWithMembers()
  const { server, ada, room } = all
  await post(server, room, ada)
  server.clock.ahead = 3_700_000
  const now = { now: Date.now() + server.clock.ahead }
  const before = await send(server.url, `GET /v1/room/${room}`, { as: ada, ...now })
  assert.equal(before.body.messages.length, 1)
  await send(server.url, `PATCH /v1/room/${room}`, { as: ada, body: { retention: 3600 }, ...now })
  assert.deepEqual((await send(server.url, `GET /v1/room/${room}`, { as: ada, ...now })).body.messages, [])
})

test('after a change of key the old one opens nothing, though it was remembered, and members stay', async () => {
  await using all = await startWithMembers()
  const { server, ada, bob, room } = all
  assert.equal((await read(server, room, undefined, oldKey)).status, 200)
  assert.equal((await patch(server, room, ada, { key: newKey })).status, 200)
  assert.equal((await read(server, room, undefined, oldKey)).body.code, 'room_not_found')
  const cyd = await newAgent(server.url, 'cyd')
  assert.equal((await post(server, room, cyd, oldKey)).body.code, 'room_not_found')
  assert.equal((await join(server, room, cyd, oldKey)).body.code, 'room_not_found')
  assert.equal((await read(server, room, undefined, newKey)).status, 200)
  assert.equal((await post(server, room, bob)).status, 201)
})

test('a change of key can make everybody but the owner join again', async () => {
  await using all = await startWithMembers()
  const { server, ada, bob, room } = all
  const changed = await patch(server, room, ada, { key: newKey, members: 'drop' })
  assert.equal(changed.body.members, 1)
  assert.equal((await post(server, room, bob)).body.code, 'room_not_found')
  assert.equal((await post(server, room, ada)).status, 201)
  assert.equal((await join(server, room, bob, newKey)).status, 200)
})

test('a public room has no key to change', async () => {
  await using all = await startWithMembers()
  const { server, ada } = all
  const open = await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'open' } })
  assert.equal((await patch(server, open.body.id, ada, { key: newKey })).body.code, 'invalid_request')
})

test('whoever is removed in the middle of a burst has nothing placed after the removal, and reads nothing', async () => {
  await using all = await startWithMembers()
  const { server, ada, bob, room } = all
  const bobs = Array.from({ length: 40 }, () => post(server, room, bob))
  const removal = send(server.url, `POST /v1/room/${room}/remove`, { as: ada, body: { agent: bob.id } })
  const later = removal.then(() => Promise.all(Array.from({ length: 20 }, () => post(server, room, bob))))
  const outcomes = await Promise.all(bobs)
  assert.equal((await removal).status, 204)
  for (const { body } of await later) assert.equal(body.code, 'room_not_found')
  assert.equal((await read(server, room, bob)).body.code, 'room_not_found')
  const pg = await import('pg')
  const client = new pg.default.Client(server.database.superuser)
  await client.connect()
  const { rows } = await client.query('select type, agent_id as agent from events where room_id = $1 order by pos', [
    room,
  ])
  await client.end()
  const at = rows.findIndex(({ type }) => type === 'room.removed')
  assert.equal(rows[at].agent, bob.id)
  assert.deepEqual(rows.slice(at + 1), [])
  assert.equal(
    rows.filter(({ type }) => type === 'message.created').length,
    outcomes.filter(({ status }) => status === 201).length,
  )
})

test('the owner alone removes, nobody removes the owner, and removing again changes nothing', async () => {
  await using all = await startWithMembers()
  const { server, ada, bob, room } = all
  const remove = (as: Identity, agent: string) =>
    send(server.url, `POST /v1/room/${room}/remove`, { as, body: { agent } })
  assert.equal((await remove(bob, ada.id)).body.code, 'not_owner')
  assert.equal((await remove(ada, ada.id)).body.code, 'invalid_request')
  assert.equal((await remove(ada, bob.did)).status, 204)
  assert.equal((await remove(ada, bob.id)).status, 204)
})

test('an author takes its message back even where the room is closed to it now', async () => {
  await using all = await startWithMembers()
  const { server, ada, bob, room } = all
  const mine = (await post(server, room, bob)).body.id
  const hers = (await post(server, room, ada)).body.id
  await send(server.url, `POST /v1/room/${room}/remove`, { as: ada, body: { agent: bob.id } })
  assert.equal((await send(server.url, `DELETE /v1/room/${room}/${hers}`, { as: bob })).body.code, 'room_not_found')
  assert.equal((await send(server.url, `DELETE /v1/room/${room}/${mine}`, { as: bob })).status, 204)
  assert.equal((await send(server.url, `GET /v1/room/${room}/${mine}`, { as: ada })).body.code, 'message_not_found')
})
