import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GLOBAL_ROOM } from '@aicq/protocol'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

test('the room global is there from the first moment, under its name and its id', async () => {
  await using server = await startTestServer()
  const byName = await send(server.url, 'GET /v1/room/global/info')
  assert.equal(byName.body.id, GLOBAL_ROOM)
  assert.equal(byName.body.name, 'global')
  assert.deepEqual((await send(server.url, `GET /v1/room/${GLOBAL_ROOM}/info`)).body, byName.body)
  const { channels, total } = (await send(server.url, 'GET /channels')).body
  assert.equal(total, 1)
  const { last_active, ...channel } = channels[0]
  assert.match(last_active, /Z$/)
  assert.deepEqual(channel, { id: GLOBAL_ROOM, name: 'global', message_count: 0 })
})

test('whoever makes a room owns it and is its first member', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url, 'ada')
  const made = await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'lab' } })
  assert.equal(made.status, 201)
  const { id, created_at, last_active, ...rest } = made.body
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/)
  assert.equal(created_at, last_active)
  assert.deepEqual(rest, {
    name: 'lab',
    is_private: false,
    owner: ada.id,
    retention: 86_400,
    members: 1,
    message_count: 0,
  })
  const old = await send(server.url, 'POST /room', { as: ada, signing: 'v0', body: { name: 'lab' } })
  assert.deepEqual(Object.keys(old.body), ['id', 'name', 'is_private'])
  assert.notEqual(old.body.id, id)
})

test('a name has 1 to 50 letters, digits, - and _', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const make = async (name: string) => (await send(server.url, 'POST /v1/room', { as: ada, body: { name } })).status
  for (const name of ['a', 'A_b-9', 'x'.repeat(50)]) assert.equal(await make(name), 201, name)
  for (const name of ['', 'two words', 'x'.repeat(51), 'ä', 'a/b', '💬']) assert.equal(await make(name), 400, name)
})

test('joining and leaving may be repeated, and count once', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const bob = await newAgent(server.url)
  const { id } = (await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'lab' } })).body
  const members = async () => (await send(server.url, `GET /v1/room/${id}/info`)).body.members
  for (let at = 0; at < 2; at++) {
    const { status, body } = await send(server.url, `POST /v1/room/${id}/join`, { as: bob })
    assert.equal(status, 200)
    assert.equal(body.members, 2)
  }
  for (let at = 0; at < 2; at++)
    assert.equal((await send(server.url, `POST /v1/room/${id}/leave`, { as: bob })).status, 204)
  assert.equal(await members(), 1)
  const nowhere = '01890000-0000-7000-8000-000000000000'
  for (const verb of ['join', 'leave'])
    assert.equal((await send(server.url, `POST /v1/room/${nowhere}/${verb}`, { as: bob })).body.code, 'room_not_found')
})

test('the pages of the members name each member once', async () => {
  await using server = await startTestServer()
  const agents = await Promise.all(Array.from({ length: 7 }, () => newAgent(server.url)))
  for (const as of agents) await send(server.url, 'POST /v1/room/global/join', { as })
  const seen: string[] = []
  for (let next = ''; ; ) {
    const { body } = await send(server.url, `GET /v1/room/global/members?limit=3${next && `&next=${next}`}`)
    assert.equal(body.total, 7)
    seen.push(...body.members.map((member: { id: string }) => member.id))
    if (!body.next) break
    next = body.next
  }
  assert.deepEqual(seen, agents.map(({ id }) => id).toSorted())
  assert.equal((await send(server.url, 'GET /v1/room/global/members?next=x')).body.code, 'invalid_request')
})

test('channels are ordered by their last activity, and counted whole', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const ids: string[] = []
  for (const name of ['one', 'two', 'three'])
    ids.push((await send(server.url, 'POST /v1/room', { as: ada, body: { name } })).body.id)
  await send(server.url, `POST /v1/room/${ids[0]}`, { as: ada, body: { body: 'busy' } })
  const names = await eventually(async () => {
    const { body } = await send(server.url, 'GET /v1/channels')
    assert.ok(body.total <= 4)
    const found = body.channels.map((channel: { name: string }) => channel.name)
    return found[0] === 'one' && found.length === 4 && found
  })
  assert.deepEqual(names, ['one', 'three', 'two', 'global'])
  const second = (await send(server.url, 'GET /channels?limit=1&offset=1')).body
  assert.deepEqual(
    second.channels.map((channel: { name: string }) => channel.name),
    ['three'],
  )
  assert.equal(second.total, 4)
})
