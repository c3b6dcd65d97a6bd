import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GLOBAL_ROOM, identityFromSeed, messageIdTime, newMessageId, newSeed, signMessage } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

const authority = (url: string) => new URL(url).host

test('a post by RFC 9421 comes back whole, with its place in the room', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url, 'ada')
  const posted = await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'hello' } })
  assert.equal(posted.status, 201)
  const { id, created, ts, ...rest } = posted.body
  assert.deepEqual(rest, { seq: 1, room: GLOBAL_ROOM, from: ada.id, key: ada.did, type: 'text', body: 'hello' })
  assert.ok(Math.abs(messageIdTime(id) - ts) < 60_000 && Math.abs(created - ts) < 60_000)
  const { receipts: _, ...read } = (await send(server.url, `GET /v1/room/global/${id}`)).body
  assert.deepEqual(read, posted.body)
})

test('a signed message needs no signed request, and again it is the same message', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const id = newMessageId()
  const envelope = { at: authority(server.url), id, from: ada.id, type: 'note/1', body: 'proof', created: Date.now() }
  const body = { ...envelope, sig: await signMessage(ada, { ...envelope, room: GLOBAL_ROOM }) }
  const first = await send(server.url, 'POST /v1/room/global', { body })
  const second = await send(server.url, 'POST /v1/room/global', { body })
  assert.equal(first.status, 201)
  assert.equal(second.status, 200)
  assert.deepEqual(second.body, first.body)
  assert.equal(first.body.sig, body.sig)
  assert.equal(first.body.at, envelope.at)
})

test('a signed message that was changed, or is meant for another server or author, is refused', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const bob = await newAgent(server.url)
  const envelope = {
    at: authority(server.url),
    id: newMessageId(),
    from: ada.id,
    type: 'text',
    body: 'x',
    created: Date.now(),
  }
  const sig = await signMessage(ada, { ...envelope, room: GLOBAL_ROOM })
  const post = async (change: object) =>
    (await send(server.url, 'POST /v1/room/global', { body: { ...envelope, sig, ...change } })).body.code
  assert.equal(await post({ body: 'y' }), 'signature_invalid')
  assert.equal(await post({ from: bob.id }), 'signature_invalid')
  assert.equal(await post({ at: 'elsewhere.example' }), 'authority_wrong')
  assert.equal(await post({ created: undefined }), 'invalid_request')
  assert.equal(await post({ from: '00000000-0000-8000-8000-000000000000' }), 'agent_unknown')
  assert.equal(await post({ sig: 'AAAA' }), 'signature_invalid')
})

test('a post without any proof is refused, and says what is missing', async () => {
  await using server = await startTestServer()
  const { status, body } = await send(server.url, 'POST /v1/room/global', { body: { body: 'who am I' } })
  assert.equal(status, 401)
  assert.equal(body.code, 'signature_missing')
})

test('the same id again is the same message; with another text, room or author it is a conflict', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const bob = await newAgent(server.url)
  const id = newMessageId()
  const post = (as: typeof ada, body: object, room = 'global') =>
    send(server.url, `POST /v1/room/${room}`, { as, body: { id, ...body } })
  const first = await post(ada, { body: 'once' })
  const again = await post(ada, { body: 'once' })
  assert.equal(first.status, 201)
  assert.equal(again.status, 200)
  assert.deepEqual(again.body, first.body)
  assert.equal((await post(ada, { body: 'twice' })).body.code, 'id_conflict')
  assert.equal((await post(bob, { body: 'once' })).body.code, 'id_conflict')
  assert.equal((await post(ada, { body: 'once', type: 'other' })).body.code, 'id_conflict')
  const lab = await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'lab' } })
  assert.equal((await post(ada, { body: 'once' }, lab.body.id)).body.code, 'id_conflict')
})

test('fifty identical posts at once make one message', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const body = { id: newMessageId(), body: 'one' }
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => send(server.url, 'POST /v1/room/global', { as: ada, body })),
  )
  assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(49).fill(200), 201])
  assert.equal(new Set(answers.map((answer) => JSON.stringify(answer.body))).size, 1)
  const { body: page } = await send(server.url, 'GET /v1/room/global')
  assert.equal(page.messages.length, 1)
})

test('one signed request, sent two hundred times at once, is accepted once', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const nonce = 'n'.repeat(32)
  const now = Date.now()
  const answers = await Promise.all(
    Array.from({ length: 200 }, () =>
      send(server.url, 'POST /v1/room/global', { as: ada, nonce, now, body: { body: 'once' } }),
    ),
  )
  assert.equal(answers.filter(({ status }) => status === 201).length, 1)
  assert.equal(answers.filter(({ body }) => body.code === 'nonce_used').length, 199)
})

test('an id whose time is far from now is refused, unless its message is there', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const old = await send(server.url, 'POST /v1/room/global', {
    as: ada,
    body: { id: newMessageId(Date.now() - 301_000), body: 'x' },
  })
  assert.equal(old.body.code, 'invalid_id')
  const id = newMessageId()
  const first = await send(server.url, 'POST /v1/room/global', { as: ada, body: { id, body: 'late' } })
  server.clock.ahead = 600_000
  const late = await send(server.url, 'POST /v1/room/global', {
    as: ada,
    now: Date.now() + 600_000,
    body: { id, body: 'late' },
  })
  assert.equal(late.status, 200)
  assert.deepEqual(late.body, first.body)
})

test('a body of 4,096 bytes fits, one byte more does not; bytes count, not characters', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const post = (body: string) => send(server.url, 'POST /v1/room/global', { as: ada, body: { body } })
  assert.equal((await post('é'.repeat(2048))).status, 201)
  const long = await post(`${'é'.repeat(2048)}!`)
  assert.equal(long.status, 422)
  assert.equal(long.body.code, 'body_too_long')
  assert.equal((await post('')).status, 400)
})

test('an answer needs a message of the same room that is still there', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const lab = (await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'lab' } })).body.id
  const elsewhere = (await send(server.url, `POST /v1/room/${lab}`, { as: ada, body: { body: 'root' } })).body.id
  for (const pid of [elsewhere, newMessageId()]) {
    const { status, body } = await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'answer', pid } })
    assert.equal(status, 422)
    assert.equal(body.code, 'parent_not_found')
  }
  const missing = await send(server.url, 'POST /v1/room/01890000-0000-7000-8000-000000000000', {
    as: ada,
    body: { body: 'x' },
  })
  assert.equal(missing.body.code, 'room_not_found')
})

test('posting to a public room makes a member, once', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url, 'ada')
  for (const body of ['one', 'two']) await send(server.url, 'POST /v1/room/global', { as: ada, body: { body } })
  const { body } = await send(server.url, 'GET /v1/room/global/members')
  assert.equal(body.total, 1)
  assert.deepEqual(
    body.members.map((member: { id: string; name: string }) => [member.id, member.name]),
    [[ada.id, 'ada']],
  )
})

test('two hundred posts at once get the numbers 1 to 200, each once', async () => {
  await using server = await startTestServer()
  const agents = await Promise.all(Array.from({ length: 8 }, async () => identityFromSeed(newSeed())))
  for (const agent of agents)
    await send(server.url, 'POST /register', { body: { public_key: Buffer.from(agent.publicKey).toString('base64') } })
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, at) =>
      send(server.url, 'POST /v1/room/global', { as: agents[at % 8]!, body: { body: String(at) } }),
    ),
  )
  const seqs = answers.map(({ body }) => body.seq).sort((a, b) => a - b)
  assert.deepEqual(
    seqs,
    Array.from({ length: 200 }, (_, at) => at + 1),
  )
  const inOrder = answers.map(({ body }) => body).sort((a, b) => a.seq - b.seq)
  assert.ok(inOrder.every(({ ts }, at) => at === 0 || ts >= inOrder[at - 1].ts))
})
