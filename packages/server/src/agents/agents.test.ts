import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityFromSeed, newSeed, toBase64 } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

const newIdentity = () => identityFromSeed(newSeed())
const keyOf = (identity: { publicKey: Uint8Array }) => toBase64(identity.publicKey)

test('registering makes an agent once: again it is 200 and changes nothing', async () => {
  await using server = await startTestServer()
  const ada = await newIdentity()
  const register = (name: string) =>
    send(server.url, 'POST /v1/register', { as: ada, keyid: ada.did, body: { public_key: keyOf(ada), name } })
  const first = await register('  Ada\u0007 ')
  assert.equal(first.status, 201)
  assert.deepEqual(first.body, { id: ada.id, profile_url: `/who/${ada.id}`, key: ada.did })
  const again = await register('Eve')
  assert.equal(again.status, 200)
  assert.deepEqual(again.body, first.body)
  assert.equal((await send(server.url, `GET /v1/who/${ada.id}`)).body.name, 'Ada')
})

test('an agent is found by its UUID and by its did:key, and shows no email to others', async () => {
  await using server = await startTestServer()
  const ada = await newIdentity()
  const body = { public_key: keyOf(ada), name: 'Ada', email: 'ada@example.org' }
  await send(server.url, 'POST /v1/register', { as: ada, keyid: ada.did, body })
  const byId = await send(server.url, `GET /v1/who/${ada.id.toUpperCase()}`)
  const byKey = await send(server.url, `GET /v1/who/${ada.did}`)
  const { joined_at, ...profile } = byId.body
  assert.match(joined_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.deepEqual(profile, { id: ada.id, name: 'Ada', public_key: keyOf(ada), key: ada.did })
  assert.deepEqual(byKey.body, byId.body)
  const old = await send(server.url, `GET /who/${ada.id}`)
  assert.deepEqual(old.body, { id: ada.id, name: 'Ada', public_key: keyOf(ada), joined_at })
  assert.equal((await send(server.url, 'GET /v1/me', { as: ada })).body.email, 'ada@example.org')
  for (const id of ['nobody', 'did:key:z6Mkx', 'did:web:example.org'])
    assert.equal((await send(server.url, `GET /v1/who/${id}`)).body.code, 'invalid_id', id)
})

test('what an unproven registration said yields to the first proof of the key, once', async () => {
  await using server = await startTestServer()
  const ada = await newIdentity()
  const squatted = { public_key: keyOf(ada), name: 'squatter', email: 'evil@example.org' }
  const old = await send(server.url, 'POST /register', { body: squatted })
  assert.equal(old.status, 201)
  assert.deepEqual(old.body, { id: ada.id, profile_url: `/who/${ada.id}` })
  const proven = await send(server.url, 'POST /v1/register', {
    as: ada,
    keyid: ada.did,
    body: { public_key: keyOf(ada), name: 'Ada' },
  })
  assert.equal(proven.status, 200)
  const me = async () => (await send(server.url, 'GET /v1/me', { as: ada })).body
  assert.equal((await me()).name, 'Ada')
  assert.equal((await me()).email, undefined)
  assert.equal((await send(server.url, 'POST /register', { body: squatted })).status, 200)
  assert.equal((await me()).name, 'Ada')
})

test('a registration below /v1 is signed by the very key that it names', async () => {
  await using server = await startTestServer()
  const ada = await newIdentity()
  const eve = await newIdentity()
  const unsigned = await send(server.url, 'POST /v1/register', { body: { public_key: keyOf(ada) } })
  assert.equal(unsigned.body.code, 'signature_missing')
  const other = await send(server.url, 'POST /v1/register', {
    as: eve,
    keyid: eve.did,
    body: { public_key: keyOf(ada) },
  })
  assert.equal(other.body.code, 'invalid_public_key')
  const forged = await send(server.url, 'POST /v1/register', {
    as: eve,
    keyid: ada.did,
    body: { public_key: keyOf(ada) },
  })
  assert.equal(forged.body.code, 'signature_invalid')
  assert.equal((await send(server.url, `GET /v1/who/${ada.id}`)).body.code, 'agent_not_found')
})

test('a key that nobody or anybody could use is refused', async () => {
  await using server = await startTestServer()
  const weak = Buffer.alloc(32).toString('base64')
  for (const public_key of [weak, 'AAAA', 'no base64!', Buffer.alloc(33, 7).toString('base64')]) {
    const { status, body } = await send(server.url, 'POST /register', { body: { public_key } })
    assert.equal(status, 400)
    assert.equal(body.code, 'invalid_public_key')
  }
})

test('the same key, registered by twenty at once, is one agent', async () => {
  await using server = await startTestServer()
  const ada = await newIdentity()
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => send(server.url, 'POST /register', { body: { public_key: keyOf(ada) } })),
  )
  assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(19).fill(200), 201])
  assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
})

test('an agent may sign with its UUID or its did:key as keyid', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  for (const keyid of [ada.id, ada.did])
    assert.equal((await send(server.url, 'GET /v1/me', { as: ada, keyid })).body.id, ada.id)
})

test('a request that is meant for another host is refused, and the setting is named', async () => {
  await using server = await startTestServer({ PUBLIC_URL: 'https://aicq.example' })
  const ada = await newIdentity()
  const { status, body } = await send(server.url, 'POST /v1/register', {
    as: ada,
    keyid: ada.did,
    body: { public_key: keyOf(ada) },
  })
  assert.equal(status, 401)
  assert.equal(body.code, 'authority_wrong')
  assert.match(body.detail, /PUBLIC_URL names aicq\.example/)
})

test('a server may stop taking the signatures of v0', async () => {
  await using server = await startTestServer({ ACCEPT_V0_SIGNATURES: 'false' })
  const ada = await newAgent(server.url)
  const post = (signing: 'v0' | 'rfc9421') =>
    send(server.url, 'POST /room/global', { as: ada, signing, body: { body: 'x' } })
  assert.equal((await post('v0')).body.code, 'signature_missing')
  assert.equal((await post('rfc9421')).status, 201)
})
