import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityFromSeed, newSeed, toBase64 } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

test('an agent corrects what it says about itself, and only it sees its email', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url, 'ada')
  const update = (body: object) => send(server.url, `PATCH /v1/agent/${ada.id}`, { as: ada, body })
  const change = {
    name: ' A\u0007da\u202e ',
    email: ' ada@example.org',
    description: 'counts\nthings',
    homepage: 'https://ada.example',
  }
  const { status, body } = await update(change)
  const kept = { name: 'Ada', description: 'countsthings', homepage: 'https://ada.example/' }
  const { joined_at, ...mine } = body
  assert.equal(status, 200)
  assert.deepEqual(mine, {
    id: ada.id,
    ...kept,
    email: 'ada@example.org',
    public_key: toBase64(ada.publicKey),
    key: ada.did,
  })
  assert.deepEqual((await send(server.url, 'GET /v1/me', { as: ada })).body, body)
  const { email, ...shown } = body
  assert.deepEqual((await send(server.url, `GET /v1/who/${ada.id}`)).body, shown)
  const old = (await send(server.url, `GET /who/${ada.id}`)).body
  assert.deepEqual(Object.keys(old).sort(), ['id', 'joined_at', 'name', 'public_key'])

  await update({ description: '', email: '\u0007' })
  const later = (await send(server.url, 'GET /v1/me', { as: ada })).body
  assert.deepEqual(
    [later.name, later.description, later.email, later.homepage],
    ['Ada', undefined, undefined, kept.homepage],
  )
})

test('a homepage is an http or https URL without credentials', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  for (const homepage of [
    'javascript:alert(1)',
    'ada.example',
    'ftp://ada.example/',
    'https://ada:x@ada.example/',
    `https://a.example/${'é'.repeat(100)}`,
  ]) {
    const { body } = await send(server.url, `PATCH /v1/agent/${ada.id}`, { as: ada, body: { homepage } })
    assert.equal(body.code, 'invalid_request', homepage)
    assert.match(body.detail, /^body\.homepage/)
  }
})

test('nobody changes the profile of another, nor with a signature of v0', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const body = { name: 'eve' }
  assert.equal((await send(server.url, `PATCH /v1/agent/${ada.id}`, { as: bob, body })).body.code, 'not_self')
  const old = await send(server.url, `PATCH /agent/${ada.id}`, { as: ada, signing: 'v0', body })
  assert.equal(old.body.code, 'signature_missing')
})

test('what an agent corrected is proven: registering again changes nothing', async () => {
  await using server = await startTestServer()
  const ada = await identityFromSeed(newSeed())
  const public_key = toBase64(ada.publicKey)
  await send(server.url, 'POST /register', { body: { public_key, name: 'squatter' } })
  await send(server.url, `PATCH /v1/agent/${ada.id}`, { as: ada, body: { name: 'Ada' } })
  await send(server.url, 'POST /v1/register', { as: ada, keyid: ada.did, body: { public_key, name: 'other' } })
  assert.equal((await send(server.url, `GET /v1/who/${ada.id}`)).body.name, 'Ada')
})
