import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Identity, messageIdToUuid, newMessageId } from '@aicq/protocol'
import pg from 'pg'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer, type TestServer } from '../../../../tools/testing/server.ts'

const key = 'open sesame, please'

/** What a statement finds, as the superuser. */
async function ask<Row>({ database }: TestServer, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client(database.superuser)
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}

/** A message of ada in a room of ada, bob and eve. */
async function start(environment: Record<string, string> = {}, more: object = {}) {
  const server = await startTestServer(environment)
  const { url } = server
  const [ada, bob, eve] = [await newAgent(url, 'ada'), await newAgent(url, 'bob'), await newAgent(url, 'eve')]
  const room = (await send(url, 'POST /v1/room', { as: ada, body: { name: 'lab', ...more } })).body.id
  const headers = { 'x-aicq-room-key': key }
  for (const as of [bob, eve]) await send(url, `POST /v1/room/${room}/join`, { as, headers })
  const { id } = (await send(url, `POST /v1/room/${room}`, { as: ada, body: { body: 'please' } })).body
  const place = `/v1/room/${room}/${id}`
  const ack = (as: Identity, state: string, note?: string) =>
    send(url, `POST ${place}/ack`, { as, body: { state, ...(note === undefined ? {} : { note }) } })
  const receipts = async (as?: Identity) => (await send(url, `GET ${place}`, as ? { as } : {})).body.receipts
  const events = (type = 'message.acked') =>
    ask<{ agent_id: string; room_id: string; ref: string }>(
      server,
      'select agent_id, room_id, ref from events where type = $1',
      [type],
    )
  return { server, url, ada, bob, eve, room, id, place, ack, receipts, events }
}

test('a later state implies the earlier ones, done and failed replace each other, and less or the same changes nothing', async () => {
  const { server, ada, bob, ack, receipts, events } = await start()
  await using _ = server
  const none = { delivered: 0, seen: 0, done: 0, failed: 0 }
  assert.deepEqual(await receipts(ada), { ...none, by: [] })
  const now = () => Date.now() + server.clock.ahead
  const steps = [
    ['seen', undefined, 'seen', { delivered: 1, seen: 1 }, 1],
    ['seen', undefined, 'seen', { delivered: 1, seen: 1 }, 1],
    ['failed', 'no such file', 'failed', { delivered: 1, seen: 1, failed: 1 }, 2],
    ['failed', 'other words', 'failed', { delivered: 1, seen: 1, failed: 1 }, 2],
    ['seen', undefined, 'failed', { delivered: 1, seen: 1, failed: 1 }, 2],
    ['done', undefined, 'done', { delivered: 1, seen: 1, done: 1 }, 3],
  ] as const
  let count = 0
  let last: { state: string; at: number; note?: string } | undefined
  for (const [say, note, stands, counts, told] of steps) {
    const before = now()
    const { status, body } = await ack(bob, say, note)
    assert.equal(status, 200)
    assert.equal(body.state, stands)
    if (told === count) assert.deepEqual(body, last, 'nothing has changed')
    else assert.ok(body.at >= before && body.at <= now(), 'in milliseconds by the server')
    assert.equal((await events()).length, told)
    ;[last, count] = [body, told]
    assert.deepEqual(await receipts(ada), { ...none, ...counts, by: [{ agent: bob.id, ...body }] })
    if (stands === 'failed') assert.equal(body.note, 'no such file')
    server.clock.ahead += 5
  }
  assert.deepEqual(Object.keys(last!).sort(), ['at', 'state'], 'the note goes with what it explained')
})

test('everybody who reads the message sees counts, its author alone sees who, and lists and v0 carry neither', async () => {
  const { server, url, ada, bob, eve, room, place, ack, receipts, events } = await start()
  await using _ = server
  await ack(bob, 'done', 'built')
  await ack(eve, 'seen')
  const counts = { delivered: 2, seen: 2, done: 1, failed: 0 }
  for (const as of [bob, eve, undefined]) assert.deepEqual(await receipts(as), counts)
  const { by, ...own } = await receipts(ada)
  assert.deepEqual(own, counts)
  assert.deepEqual(
    new Set(by.map(({ agent, state, note }: Record<string, string>) => `${agent} ${state} ${note}`)),
    new Set([`${bob.id} done built`, `${eve.id} seen undefined`]),
  )
  for (const line of [`GET /v1/room/${room}`, `GET /room/${room}`, 'GET /v1/find?q=please', 'GET /find?q=please'])
    assert.ok(!JSON.stringify((await send(url, line, { as: ada })).body).includes('receipts'), line)
  assert.deepEqual(
    (await events()).map(({ agent_id, room_id, ref }) => [agent_id, room_id, ref]),
    Array(2).fill([ada.id, room, messageIdToUuid(place.split('/')[4]!)]),
    'told to the author',
  )
})

test('only members acknowledge, nobody what is its own, and a closed room looks like a missing one', async () => {
  const { server, url, ada, room, ack, place, receipts } = await start({}, { is_private: true, key })
  await using _ = server
  const mallory = await newAgent(url)
  const code = async (as: Identity | undefined, line: string, body: object, headers = {}) =>
    (await send(url, line, { ...(as ? { as } : {}), body, headers })).body.code
  const seen = { state: 'seen' }
  assert.equal(await code(mallory, `POST ${place}/ack`, seen), 'room_not_found')
  assert.equal(
    await code(mallory, `POST /v1/room/${crypto.randomUUID()}/${newMessageId()}/ack`, seen),
    'room_not_found',
  )
  assert.equal(await code(mallory, `POST ${place}/ack`, seen, { 'x-aicq-room-key': key }), 'not_member')
  assert.equal(await code(undefined, `POST ${place}/ack`, seen), 'signature_missing')
  assert.equal(await code(ada, `POST /v1/room/${room}/${newMessageId()}/ack`, seen), 'message_not_found')
  assert.equal((await ack(ada, 'done')).body.code, 'invalid_request')
  assert.deepEqual(await receipts(ada), { delivered: 0, seen: 0, done: 0, failed: 0, by: [] })
})

test('a note has at most 500 characters and goes with done and failed alone; delivered is not for agents to say', async () => {
  const { server, bob, ack } = await start()
  await using _ = server
  for (const [state, note] of [
    ['seen', 'x'],
    ['done', 'x'.repeat(501)],
    ['done', ''],
    ['delivered'],
    ['read'],
  ] as const)
    assert.equal((await ack(bob, state, note)).body.code, 'invalid_request', `${state} ${note}`)
  assert.equal((await ack(bob, 'done', 'x'.repeat(500))).status, 200)
})

test('rooms with more members than the setting allows keep no receipts, and say so', async () => {
  const { server, url, bob, eve, room, ack, receipts, events } = await start({ RECEIPTS_MAX_MEMBERS: '3' })
  await using _ = server
  assert.equal((await ack(bob, 'seen')).status, 200)
  await send(url, `POST /v1/room/${room}/join`, { as: await newAgent(url) })
  const refused = await ack(eve, 'seen')
  assert.deepEqual([refused.status, refused.body.code], [409, 'receipts_off'])
  assert.equal(await receipts(bob), undefined)
  assert.equal((await events()).length, 1)
  await using off = await startTestServer({ RECEIPTS_MAX_MEMBERS: '0' })
  const [cat, dan] = [await newAgent(off.url), await newAgent(off.url)]
  const said = (await send(off.url, 'POST /v1/room/global', { as: cat, body: { body: 'x' } })).body
  await send(off.url, 'POST /v1/room/global/join', { as: dan })
  const line = `/v1/room/global/${said.id}`
  const code = (await send(off.url, `POST ${line}/ack`, { as: dan, body: { state: 'seen' } })).body.code
  assert.equal(code, 'receipts_off')
  assert.ok(!('receipts' in (await send(off.url, `GET ${line}`, { as: cat })).body))
})

test('receipts go with their message when it is taken back, and with its author', async () => {
  const { server, url, ada, bob, room, place, ack } = await start()
  await using _ = server
  const left = async () => (await ask(server, 'select from receipts')).length
  await ack(bob, 'seen')
  assert.equal(await left(), 1)
  await send(url, `DELETE ${place}`, { as: ada })
  assert.equal(await left(), 0)
  assert.equal((await ack(bob, 'done')).body.code, 'message_not_found')
  const { id } = (await send(url, `POST /v1/room/${room}`, { as: ada, body: { body: 'again' } })).body
  await send(url, `POST /v1/room/${room}/${id}/ack`, { as: bob, body: { state: 'seen' } })
  assert.equal(await left(), 1)
  assert.equal((await send(url, `DELETE /v1/agent/${ada.id}`, { as: ada })).status, 204)
  assert.equal(await left(), 0)
})

test('an agent that is erased takes back what it acknowledged at once, also while rows of it wait to be deleted', async () => {
  const { server, url, ada, bob, eve, ack, receipts } = await start()
  await using _ = server
  await ack(bob, 'done', 'zanzibar')
  await ack(eve, 'seen')
  await ask(server, 'alter function erase_part(uuid, int) rename to erase_part_later')
  assert.equal((await send(url, `DELETE /v1/agent/${bob.id}`, { as: bob })).status, 204)
  const { by, ...counts } = await receipts(ada)
  assert.deepEqual(counts, { delivered: 1, seen: 1, done: 0, failed: 0 })
  assert.deepEqual(
    by.map(({ agent }: { agent: string }) => agent),
    [eve.id],
  )
  await ask(server, 'alter function erase_part_later(uuid, int) rename to erase_part')
  await ask(server, 'select erase_part($1, 1)', [bob.id])
  assert.equal((await ask(server, 'select from receipts')).length, 1)
})
