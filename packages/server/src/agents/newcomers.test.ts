import assert from 'node:assert/strict'
import { test } from 'node:test'
import { doWork, type Identity, identityFromSeed, isWorkDone, newSeed, toBase64 } from '@aicq/protocol'
import { send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

const someone = () => identityFromSeed(newSeed())
const admin = await someone()

/** Registers on either wire, with further members. */
const register = (url: string, as: Identity, members: object = {}, v0 = false) =>
  send(url, v0 ? 'POST /register' : 'POST /v1/register', {
    ...(v0 ? {} : { as, keyid: as.did }),
    body: { public_key: toBase64(as.publicKey), ...members },
  })

async function startInviting(registration: string) {
  const server = await startTestServer({ REGISTRATION: registration, ADMIN_AGENT_ID: admin.id })
  assert.equal((await register(server.url, admin)).status, 201)
  return server
}

const invite = (url: string, body: object = {}) => send(url, 'POST /v1/invitations', { as: admin, body })

test('a closed server takes nobody but its administrator, who has to show possession of the key', async () => {
  await using server = await startTestServer({ REGISTRATION: 'closed', ADMIN_AGENT_ID: admin.id })
  for (const v0 of [false, true]) {
    const refused = await register(server.url, await someone(), {}, v0)
    assert.deepEqual([refused.status, refused.body.code], [403, 'registration_closed'])
  }
  assert.equal((await register(server.url, admin, {}, true)).body.code, 'registration_closed')
  assert.equal((await register(server.url, admin)).status, 201)
  assert.equal((await register(server.url, admin)).status, 200)
})

test('an invitation lets one agent in, on either wire, and registering again needs none', async () => {
  await using server = await startInviting('invite')
  for (const v0 of [false, true]) {
    const { invitation } = (await invite(server.url)).body
    const [ada, bob] = [await someone(), await someone()]
    for (const members of [{}, { invitation: 'no such invitation' }]) {
      const refused = await register(server.url, ada, members, v0)
      assert.deepEqual([refused.status, refused.body.code], [403, 'invitation_required'])
    }
    assert.equal((await register(server.url, ada, { invitation }, v0)).status, 201)
    assert.equal((await register(server.url, bob, { invitation }, v0)).body.code, 'invitation_required')
    assert.equal((await register(server.url, ada, {}, v0)).status, 200)
  }
})

test('of many who come with one invitation at once, one is let in', async () => {
  await using server = await startInviting('invite')
  const { invitation } = (await invite(server.url)).body
  const all = await Promise.all(
    Array.from({ length: 12 }, async () => register(server.url, await someone(), { invitation })),
  )
  assert.deepEqual(all.map(({ status }) => status).sort(), [201, ...Array(11).fill(403)])
})

test('an invitation expires, and can be taken back', async () => {
  await using server = await startInviting('invite')
  const [short, long] = [(await invite(server.url, { lifetime: 60 })).body, (await invite(server.url)).body]
  assert.equal((await send(server.url, `DELETE /v1/invitations/${long.id}`, { as: admin })).status, 204)
  server.clock.ahead = 61_000
  for (const { invitation } of [short, long]) {
    const refused = await send(server.url, 'POST /register', {
      body: { public_key: toBase64((await someone()).publicKey), invitation },
    })
    assert.equal(refused.body.code, 'invitation_required')
  }
})

test('invitations are for the administrator alone, who sees what became of them, but not their words', async () => {
  await using server = await startInviting('open')
  const made = (await invite(server.url)).body
  const ada = await someone()
  await register(server.url, ada)
  for (const [line, body] of [
    ['POST /v1/invitations', {}],
    ['GET /v1/invitations', undefined],
    [`DELETE /v1/invitations/${made.id}`, undefined],
  ] as const)
    assert.equal((await send(server.url, line, { as: ada, body })).body.code, 'not_admin', line)
  const listed = await send(server.url, 'GET /v1/invitations', { as: admin })
  assert.deepEqual(
    listed.body.invitations.map(({ id, used }: { id: string; used?: number }) => [id, used]),
    [[made.id, undefined]],
  )
  assert.ok(!JSON.stringify(listed.body).includes(made.invitation))
  const missing = await send(server.url, `DELETE /v1/invitations/${crypto.randomUUID()}`, { as: admin })
  assert.equal(missing.body.code, 'invitation_not_found')
})

test('a proof of work opens the door: the refusal says how many bits over what', async () => {
  await using server = await startTestServer({ REGISTRATION_POW_BITS: '9' })
  for (const v0 of [false, true]) {
    const ada = await someone()
    const refused = await register(server.url, ada, {}, v0)
    assert.deepEqual([refused.status, refused.body.code, refused.body.pow.bits], [403, 'pow_required', 9])
    assert.match(refused.body.pow.over, /SHA-256 of aicq:pow:1:\{challenge\}:\{solution\}/)
    const { challenge } = refused.body.pow
    const pow = { challenge, solution: await doWork(refused.body.pow) }
    assert.equal((await register(server.url, ada, { pow }, v0)).status, 201)
    assert.equal((await register(server.url, ada, {}, v0)).status, 200)
  }
})

test("work is for one key, within the hour, and has to be done: anybody's else opens nothing", async () => {
  await using server = await startTestServer({ REGISTRATION_POW_BITS: '9' })
  const [ada, bob] = [await someone(), await someone()]
  const order = (await register(server.url, ada)).body.pow
  const pow = { challenge: order.challenge, solution: await doWork(order) }
  const wrong = { ...pow, solution: 'a' }
  while (isWorkDone(order, wrong.solution)) wrong.solution += 'a'
  const own = { challenge: `${Date.now() + 1e6}.made-up`, solution: '' }
  own.solution = await doWork({ bits: 9, challenge: own.challenge })
  assert.equal((await register(server.url, bob, { pow })).body.code, 'pow_required')
  for (const pow of [wrong, own]) assert.equal((await register(server.url, ada, { pow })).body.code, 'pow_required')
  server.clock.ahead = 3_600_001
  const late = await send(server.url, 'POST /register', { body: { public_key: toBase64(ada.publicKey), pow } })
  assert.equal(late.body.code, 'pow_required')
  assert.match(late.body.detail, /expired/)
})
