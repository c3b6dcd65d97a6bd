import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  encryptDm,
  GLOBAL_ROOM,
  type Identity,
  identityFromSeed,
  newMessageId,
  newSeed,
  toBase64,
} from '@aicq/protocol'
import pg from 'pg'
import { type FreshDatabase, freshDatabase } from '../../../../tools/testing/cluster.ts'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer, type TestServer } from '../../../../tools/testing/server.ts'

const post = (server: TestServer, as: Identity, body: string, room = 'global', more: object = {}) =>
  send(server.url, `POST /v1/room/${room}`, { as, body: { body, ...more } })
const erase = (server: TestServer, as: Identity, whom = as) => send(server.url, `DELETE /v1/agent/${whom.id}`, { as })
const ask = (server: TestServer, line: string, as?: Identity) => send(server.url, line, as ? { as } : {})

/** A server with two agents, on a database that outlives it. */
async function start(environment: Record<string, string> = {}) {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await freshDatabase())
  const server = opened.use(await startTestServer({ ...database.environment, ...environment }))
  const [ada, bob] = [await newAgent(server.url, 'ada'), await newAgent(server.url, 'bob')]
  const closing = opened.move()
  return { database, server, ada, bob, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

/** Runs one statement as the superuser. */
async function sql(database: FreshDatabase, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(database.superuser)
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}

/** The tables of the whole database that hold a text. */
async function tablesWith(database: FreshDatabase, text: string): Promise<string[]> {
  const tables = await sql(
    database,
    `select relname as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname`,
  )
  const each = tables.map(({ name }) => `(select '${name}' as name from "${name}" t where t::text like $1 limit 1)`)
  return (await sql(database, each.join(' union all '), [`%${text}%`])).map(({ name }) => String(name))
}

test('an erased agent is gone from every table, but for the log, which forgets within its retention', async () => {
  await using all = await start()
  const { database, server, ada, bob } = all
  const own = (await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'zanzibar' } })).body.id
  await send(server.url, `PATCH /v1/agent/${ada.id}`, {
    as: ada,
    body: {
      name: 'zanzibar',
      email: 'zanzibar@example.org',
      description: 'zanzibar',
      homepage: 'https://zanzibar.example',
    },
  })
  await post(server, ada, 'zanzibar')
  await post(server, ada, 'zanzibar', own)
  const gone = (await post(server, ada, 'zanzibar')).body.id
  await send(server.url, `DELETE /v1/room/global/${gone}`, { as: ada })
  const heard = (await post(server, bob, 'heard')).body.id
  const ack = { state: 'failed', note: 'zanzibar' }
  await send(server.url, `POST /v1/room/global/${heard}/ack`, { as: ada, body: ack })
  await send(server.url, `POST /v1/dm/${bob.id}`, { as: ada, body: { body: encryptDm(bob.publicKey, 'x') } })
  await send(server.url, `POST /v1/dm/${ada.id}`, { as: bob, body: { body: encryptDm(ada.publicKey, 'x') } })
  await send(server.url, `POST /v1/dm/${ada.id}`, { as: ada, body: { body: encryptDm(ada.publicKey, 'x') } })
  const names = [ada.id, ada.did, Buffer.from(ada.publicKey).toString('hex'), 'zanzibar']
  for (const name of names) assert.notDeepEqual(await tablesWith(database, name), [], name)
  assert.equal((await erase(server, ada)).status, 204)
  for (const name of names) assert.deepEqual(await tablesWith(database, name), name === ada.id ? ['events'] : [], name)
})

test('what was sent in a burst across the erasure is not to be read after it', async () => {
  await using all = await start()
  const { server, ada, bob } = all
  let ended = false
  const posting = Array.from({ length: 8 }, async () => {
    const codes = new Set<string | number>()
    while (!ended) {
      const answers = await Promise.all([
        post(server, ada, 'burst'),
        send(server.url, `POST /v1/dm/${bob.id}`, { as: ada, body: { body: encryptDm(bob.publicKey, 'x') } }),
        send(server.url, `POST /v1/dm/${ada.id}`, { as: bob, body: { body: encryptDm(ada.publicKey, 'x') } }),
      ])
      for (const { status, body } of answers) codes.add(status === 201 ? 201 : body.code)
    }
    return codes
  })
  await eventually(async () => (await ask(server, 'GET /v1/room/global')).body.messages.length > 20)
  assert.equal((await erase(server, ada)).status, 204)
  assert.deepEqual((await ask(server, 'GET /v1/room/global')).body.messages, [])
  assert.deepEqual((await ask(server, 'GET /v1/dm', bob)).body.messages, [])
  ended = true
  const codes = new Set((await Promise.all(posting)).flatMap((each) => [...each]))
  for (const code of ['key_revoked', 'agent_unknown']) codes.delete(code)
  assert.deepEqual([...codes].sort(), [201, 'agent_not_found'])
  assert.deepEqual((await ask(server, 'GET /v1/room/global')).body.messages, [])
  assert.deepEqual((await ask(server, 'GET /v1/dm', bob)).body.messages, [])
})

test('an erased agent is never registered again, by its key, on either wire', async () => {
  await using all = await start()
  const { server, ada } = all
  const me = (keyid: string) => send(server.url, 'GET /v1/me', { as: ada, keyid })
  assert.equal((await me(ada.did)).status, 200)
  assert.equal((await send(server.url, `DELETE /v1/agent/${ada.id}`, { as: ada, keyid: ada.did })).status, 204)
  const body = { public_key: toBase64(ada.publicKey) }
  const old = await send(server.url, 'POST /register', { body })
  const now = await send(server.url, 'POST /v1/register', { as: ada, keyid: ada.did, body })
  for (const { status, body } of [old, now]) assert.deepEqual([status, body.code], [410, 'agent_erased'])
  for (const keyid of [ada.id, ada.did]) assert.equal((await me(keyid)).body.code, 'agent_unknown')
  assert.equal((await erase(server, ada)).body.code, 'agent_unknown')
})

test('rooms go to the member who is there longest, and close where there is none', async () => {
  await using all = await start()
  const { server, ada, bob } = all
  const eve = await newAgent(server.url, 'eve')
  const make = async (name: string, more: object = {}) =>
    (await send(server.url, 'POST /v1/room', { as: ada, body: { name, ...more } })).body.id as string
  const [shared, lonely] = [await make('shared'), await make('lonely')]
  const secret = await make('secret', { is_private: true, key: 'open sesame, please' })
  server.clock.ahead = 10
  await ask(server, `POST /v1/room/${shared}/join`, eve)
  server.clock.ahead = 20
  await ask(server, `POST /v1/room/${shared}/join`, bob)
  await eventually(async () => (await ask(server, 'GET /v1/stats')).body.total_channels === 3)
  assert.equal((await erase(server, ada)).status, 204)
  const { body: room } = await ask(server, `GET /v1/room/${shared}/info`)
  assert.deepEqual([room.owner, room.members, room.name], [eve.id, 2, 'shared'])
  assert.equal((await send(server.url, `PATCH /v1/room/${shared}`, { as: eve, body: { name: 'ours' } })).status, 200)
  for (const id of [lonely, secret]) {
    const headers = { 'x-aicq-room-key': 'open sesame, please' }
    assert.equal((await send(server.url, `GET /v1/room/${id}`, { as: bob, headers })).body.code, 'room_not_found')
    assert.equal((await post(server, bob, 'x', id)).body.code, 'room_not_found')
  }
  await eventually(async () => {
    const { total_channels, total_agents } = (await ask(server, 'GET /v1/stats')).body
    return total_channels === 2 && total_agents === 2
  })
  const channels = (await ask(server, 'GET /v1/channels')).body.channels.map(({ id }: { id: string }) => id)
  assert.deepEqual(channels.sort(), [GLOBAL_ROOM, shared].sort())
})

test('only the agent itself and the administrator erase, and with signatures of RFC 9421 alone', async () => {
  await using first = await start()
  const { server, ada, bob } = first
  const refused = await erase(server, bob, ada)
  assert.deepEqual([refused.status, refused.body.code], [403, 'not_self'])
  for (const prefix of ['', '/v1']) {
    const old = await send(server.url, `DELETE ${prefix}/agent/${ada.id}`, { as: ada, signing: 'v0' })
    assert.equal(old.body.code, 'signature_missing')
  }
  assert.equal((await ask(server, `GET /v1/who/${ada.id}`)).status, 200)
})

test('the administrator erases any agent, once', async () => {
  const admin = await identityFromSeed(newSeed())
  await using all = await start({ ADMIN_AGENT_ID: admin.id })
  const { server, ada } = all
  const body = { public_key: toBase64(admin.publicKey) }
  await send(server.url, 'POST /v1/register', { as: admin, keyid: admin.did, body })
  assert.equal((await erase(server, admin, ada)).status, 204)
  assert.equal((await erase(server, admin, ada)).body.code, 'agent_not_found')
  assert.equal((await ask(server, `GET /v1/who/${ada.id}`)).body.code, 'agent_not_found')
})

test('the ids of an erased agent stay taken', async () => {
  await using all = await start()
  const { server, ada, bob } = all
  const [said, told] = [newMessageId(), newMessageId()]
  assert.equal((await post(server, ada, 'x', 'global', { id: said })).status, 201)
  const dm = { as: bob, body: { id: told, body: encryptDm(ada.publicKey, 'x') } }
  assert.equal((await send(server.url, `POST /v1/dm/${ada.id}`, dm)).status, 201)
  await erase(server, ada)
  assert.equal((await post(server, bob, 'x', 'global', { id: said })).body.code, 'id_conflict')
  assert.equal((await send(server.url, `POST /v1/dm/${ada.id}`, dm)).body.code, 'message_deleted')
  assert.equal((await post(server, bob, 'x', 'global', { pid: said })).body.code, 'parent_not_found')
})

test('an erasure that was cut off is invisible at once, and is finished later', async () => {
  await using all = await start()
  const { database, server, ada, bob } = all
  const ids = [(await post(server, ada, 'zanzibar')).body.id]
  await post(server, bob, 'an answer', 'global', { pid: ids[0] })
  const dms = [
    await send(server.url, `POST /v1/dm/${bob.id}`, { as: ada, body: { body: encryptDm(bob.publicKey, 'x') } }),
    await send(server.url, `POST /v1/dm/${ada.id}`, { as: bob, body: { body: encryptDm(ada.publicKey, 'x') } }),
  ]
  await sql(database, 'alter function erase_part(uuid, int) rename to erase_part_later')
  assert.equal((await erase(server, ada)).status, 204)
  assert.deepEqual(await tablesWith(database, 'zanzibar'), ['messages'])
  const bodies = async (line: string) =>
    (await ask(server, line, bob)).body.messages.map(({ body }: { body: string }) => body)
  assert.deepEqual(await bodies('GET /v1/room/global'), ['an answer'])
  assert.deepEqual(await bodies('GET /v1/dm'), [])
  assert.equal((await ask(server, `GET /v1/room/global/${ids[0]}`)).body.code, 'message_not_found')
  assert.equal((await ask(server, `GET /v1/room/global?thread=${ids[0]}`)).body.code, 'message_not_found')
  assert.equal((await ask(server, `DELETE /v1/room/global/${ids[0]}`, bob)).body.code, 'message_not_found')
  assert.equal((await ask(server, 'GET /v1/find?q=zanzibar')).body.total, 0)
  assert.deepEqual((await ask(server, 'GET /v1/stats')).body.recent_messages.length, 1)
  for (const { body } of dms) assert.equal((await ask(server, `DELETE /v1/dm/${body.id}`, bob)).status, 204)
  await sql(database, 'alter function erase_part_later(uuid, int) rename to erase_part')
  await server[Symbol.asyncDispose]()
  await using _ = await startTestServer(database.environment)
  await eventually(async () => !(await tablesWith(database, ada.id)).includes('agents'))
  assert.deepEqual(await tablesWith(database, ada.id), ['events'])
  assert.deepEqual(await tablesWith(database, 'zanzibar'), [])
})
