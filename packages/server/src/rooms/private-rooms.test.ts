import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Identity, newRoomId } from '@aicq/protocol'
import { eventually, newAgent, type Signing, send } from '../../../../tools/testing/requests.ts'
import { startTestServer, type TestServer } from '../../../../tools/testing/server.ts'

const key = 'open sesame, please'
const withKey = (text = key) => ({ 'x-aicq-room-key': text })

/** A private room of `ada`, and `bob`, who is a stranger there. */
async function startWithRoom(signing: Signing = 'rfc9421') {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startTestServer())
  const [ada, bob] = [await newAgent(server.url, 'ada'), await newAgent(server.url, 'bob')]
  const path = signing === 'v0' ? '/room' : '/v1/room'
  const made = await send(server.url, `POST ${path}`, {
    as: ada,
    signing,
    body: { name: 'vault', is_private: true, key },
  })
  assert.equal(made.status, 201)
  assert.equal(made.body.is_private, true)
  const closing = opened.move()
  return { server, ada, bob, room: made.body.id as string, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

const post = (server: TestServer, room: string, as: Identity, body: string, headers: Record<string, string> = {}) =>
  send(server.url, `POST /v1/room/${room}`, { as, body: { body }, headers })

/** Everything about an answer that could tell two apart, but for the id of the request. */
const shownBy = ({ status, body, headers }: Awaited<ReturnType<typeof send>>) => {
  const { request_id, ...rest } = body
  return { status, rest, names: [...headers.keys()].sort() }
}

test('a stranger cannot tell a private room from a missing one, with a wrong key or none', async () => {
  await using all = await startWithRoom()
  const { server, ada, bob, room } = all
  const message = (await post(server, room, ada, 'hidden')).body.id
  const missing = newRoomId()
  for (const headers of [{}, withKey('not the key at all')])
    for (const line of [
      'GET /v1/room/ROOM',
      `GET /v1/room/ROOM/${message}`,
      'GET /v1/room/ROOM/info',
      'GET /v1/room/ROOM/members',
      'GET /v1/find?q=hidden&room=ROOM',
      'POST /v1/room/ROOM {"body":"hi"}',
      'POST /v1/room/ROOM/join',
      'POST /v1/room/ROOM/leave',
      `DELETE /v1/room/ROOM/${message}`,
      'PATCH /v1/room/ROOM {"name":"mine"}',
      `POST /v1/room/ROOM/remove {"agent":"${ada.id}"}`,
    ]) {
      const [method, path, body] = line.split(' ')
      const ask = (id: string) =>
        send(server.url, `${method} ${path!.replace('ROOM', id)}`, { as: bob, headers, ...(body ? { body } : {}) })
      const [closed, none] = [await ask(room), await ask(missing)]
      assert.equal(closed.body.code, 'room_not_found', line)
      assert.deepEqual(shownBy(closed), shownBy(none), line)
    }
})

test('whoever shows the key reads and posts, without becoming a member', async () => {
  await using all = await startWithRoom()
  const { server, ada, bob, room } = all
  const first = await post(server, room, ada, 'from a member')
  assert.equal(first.status, 201)
  assert.equal((await post(server, room, bob, 'with the key', withKey())).status, 201)
  const page = await send(server.url, `GET /v1/room/${room}`, { headers: withKey() })
  assert.deepEqual(
    page.body.messages.map(({ body }: { body: string }) => body),
    ['with the key', 'from a member'],
  )
  assert.equal((await send(server.url, `GET /v1/room/${room}/${first.body.id}`, { headers: withKey() })).status, 200)
  const found = await send(server.url, `GET /v1/find?q=member&room=${room}`, { headers: withKey() })
  assert.equal(found.body.total, 1)
  const members = await send(server.url, `GET /v1/room/${room}/members`, { as: ada })
  assert.deepEqual(
    members.body.members.map(({ id }: { id: string }) => id),
    [ada.id],
  )
})

test('joining with the key makes a member, who need not send it again', async () => {
  await using all = await startWithRoom()
  const { server, bob, room } = all
  assert.equal((await post(server, room, bob, 'too early')).body.code, 'room_not_found')
  const joined = await send(server.url, `POST /v1/room/${room}/join`, { as: bob, headers: withKey() })
  assert.equal(joined.status, 200)
  assert.equal(joined.body.members, 2)
  assert.equal((await post(server, room, bob, 'now')).status, 201)
  assert.equal((await send(server.url, `GET /v1/room/${room}`, { as: bob })).body.messages.length, 1)
})

test('v0 sends the key every time, is answered 403 without it, and does not join by posting', async () => {
  await using all = await startWithRoom('v0')
  const { server, bob, room } = all
  const ask = (line: string, headers: Record<string, string>) =>
    send(server.url, line, {
      as: bob,
      signing: 'v0',
      headers,
      ...(line.startsWith('POST') ? { body: { body: 'hi' } } : {}),
    })
  for (const line of [`GET /room/${room}`, `POST /room/${room}`]) {
    const [none, wrong, right] = [
      await ask(line, {}),
      await ask(line, withKey('another key, too')),
      await ask(line, withKey()),
    ]
    assert.deepEqual([none.status, none.body.code], [403, 'room_key_required'])
    assert.equal(typeof none.body.error, 'string')
    assert.deepEqual([wrong.status, wrong.body.code], [403, 'room_key_wrong'])
    assert.ok(right.status < 300)
  }
  assert.equal((await ask(`GET /room/${newRoomId()}`, withKey())).status, 404)
  assert.equal((await ask(`GET /room/${room}`, {})).status, 403)
})

test('a private room is in no list, figure or search of others', async () => {
  await using all = await startWithRoom()
  const { server, ada, bob, room } = all
  await post(server, room, ada, 'zebra in the vault')
  await post(server, 'global', ada, 'zebra in the open')
  await eventually(async () => (await send(server.url, 'GET /stats')).body.total_messages === 1)
  const texts = await Promise.all(
    ['/channels', '/stats', '/find?q=zebra', '/metrics', '/', '/v1/channels'].map(async (path) =>
      JSON.stringify((await send(server.url, `GET ${path}`, path.includes('find') ? { as: bob } : {})).body),
    ),
  )
  for (const text of texts) assert.ok(!/vault/.test(text) && !text.includes(room), text)
  assert.equal((await send(server.url, 'GET /channels')).body.total, 1)
  assert.equal((await send(server.url, 'GET /v1/find?q=zebra', { as: ada })).body.total, 2)
})

test('a key has 16 to 72 printable characters of ASCII, and a private room has one', async () => {
  await using all = await startWithRoom()
  const { server, ada } = all
  const make = (body: object) =>
    send(server.url, 'POST /v1/room', { as: ada, body: { name: 'r', is_private: true, ...body } })
  for (const bad of ['x'.repeat(15), 'x'.repeat(73), 'schlüssel für alle', 'with\nnew line 12345'])
    assert.equal((await make({ key: bad })).body.code, 'invalid_room_key', bad)
  assert.equal((await make({})).body.code, 'invalid_room_key')
  for (const good of ['x'.repeat(16), 'x'.repeat(72)]) assert.equal((await make({ key: good })).status, 201)
  assert.equal((await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'r', key } })).status, 400)
})

test('keys are kept as bcrypt hashes, and nowhere else', async () => {
  await using all = await startWithRoom()
  const { server, room } = all
  const pg = await import('pg')
  const client = new pg.default.Client(server.database.superuser)
  await client.connect()
  const { rows } = await client.query('select key_hash, r::text as row from rooms r where id = $1', [room])
  await client.end()
  assert.match(rows[0].key_hash, /^\$2b\$12\$.{53}$/)
  assert.ok(!rows[0].row.includes(key))
})
