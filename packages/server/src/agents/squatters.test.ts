import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createKeys,
  newKeyOffer,
  newPrekey,
  recoverKey,
  recoveryHashOf,
  rotateKey,
  toBase64,
  verifyKeyHistory,
} from '@aicq/protocol'
import { arrive, historyOf, newKey, operationsOf, rotate } from '../../../../tools/testing/keys.ts'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { administered, startTestServer, type TestServer } from '../../../../tools/testing/server.ts'
import { openPostgres } from '../storage/postgres.ts'

const openDb = ({ database }: TestServer) =>
  openPostgres(database.serving, { poolSize: 2, statementTimeout: 60_000, timed: () => {} })

test('whoever has a retired key cannot keep its agent away: not by registering the key, nor by erasing what it registered', async () => {
  await using server = await startTestServer()
  const { url } = server
  const [first, recovery] = [await newKey(), await newKey()]
  const [second, third] = [await newKey(first.id), await newKey(first.id)]
  const made = [await createKeys(first, { recovery: recoveryHashOf(recovery.publicKey) })]
  made.push(await rotateKey(await verifyKeyHistory(first.id, made), first, second))
  made.push(await recoverKey(await verifyKeyHistory(first.id, made), recovery, third))

  const stolen = {
    ...second,
    id: (
      await send(url, 'POST /v1/register', {
        as: second,
        keyid: second.did,
        body: { public_key: toBase64(second.publicKey) },
      })
    ).body.id,
  }
  assert.equal((await arrive(url, third, made)).status, 201)
  assert.equal((await historyOf(url, first.id)).key, third.did)
  assert.equal((await send(url, `DELETE /v1/agent/${stolen.id}`, { as: stolen })).status, 204)
  assert.equal((await send(url, 'GET /v1/me', { as: third })).body.id, first.id)

  await using other = await startTestServer()
  await send(other.url, 'POST /v1/register', {
    as: second,
    keyid: second.did,
    body: { public_key: toBase64(second.publicKey) },
  })
  await send(other.url, `DELETE /v1/agent/${stolen.id}`, { as: stolen })
  assert.equal((await arrive(other.url, third, made)).status, 201)
})

test('an unproven registration yields only if it has left nothing, and is counted no more', async () => {
  await using server = await startTestServer()
  const { url } = server
  const bob = await newAgent(url)
  const squat = async () => {
    const key = await newKey()
    await send(url, 'POST /register', { body: { public_key: toBase64(key.publicKey) } })
    return key
  }
  const [idle, withRoom, withPrekey, withOffer] = [await squat(), await squat(), await squat(), await squat()]
  const room = (await send(url, 'POST /v1/room', { as: withRoom, body: { name: 'mine' } })).body.id
  assert.equal((await send(url, `POST /v1/room/${room}/leave`, { as: withRoom })).status, 204)
  const times = { created: Date.now(), expires: Date.now() + 3_600_000 }
  const installation = crypto.randomUUID()
  const { prekey } = await newPrekey(withPrekey, { purpose: 'signed', installation, ...times })
  assert.equal(
    (await send(url, 'POST /v1/prekeys', { as: withPrekey, body: { installation, prekeys: [prekey] } })).status,
    200,
  )
  const { to, from: _, ...offer } = (await newKeyOffer(withOffer, { to: bob.id, purpose: 'x', ...times })).offer
  assert.equal((await send(url, `POST /v1/keyexchange/${to}`, { as: withOffer, body: offer })).status, 201)
  for (const key of [withRoom, withPrekey, withOffer]) {
    const refused = await rotate(url, bob, await rotateKey(await historyOf(url, bob.id), bob, key))
    assert.equal(refused.body.code, 'key_taken')
  }
  await eventually(async () => (await send(url, 'GET /v1/stats')).body.total_agents === 5)
  assert.equal((await rotate(url, bob, await rotateKey(await historyOf(url, bob.id), bob, idle))).status, 200)
  await eventually(async () => (await send(url, 'GET /v1/stats')).body.total_agents === 4)
})

test('an agent that is erased while it registers again is judged as a newcomer, and is not back', async () => {
  const { server, admin } = await administered({ REGISTRATION: 'invite' })
  await using _ = server
  await using db = await openDb(server)
  const { url } = server
  const { invitation } = (await send(url, 'POST /v1/invitations', { as: admin, body: {} })).body
  const key = await newKey()
  const body = { public_key: toBase64(key.publicKey) }
  assert.equal((await send(url, 'POST /register', { body: { ...body, invitation } })).status, 201)
  const waiting = (count: number) =>
    eventually(async () => {
      const [row] = await db.query<{ n: number }>(
        `select count(*)::int as n from pg_locks join pg_database on oid = database
          where datname = current_database() and locktype = 'advisory' and not granted`,
      )
      return row!.n >= count
    })
  const locked = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const holding = db.transaction(async (tx) => {
    await tx.query('set local idle_in_transaction_session_timeout = 0')
    await tx.query('select lock_log()')
    locked.resolve()
    await release.promise
  })
  await locked.promise
  const erased = send(url, `DELETE /v1/agent/${key.id}`, { as: admin })
  await waiting(1)
  const registered = send(url, 'POST /v1/register', { as: key, keyid: key.did, body })
  await waiting(2)
  release.resolve()
  await holding
  assert.equal((await erased).status, 204)
  assert.notEqual((await registered).status, 201)
  assert.ok(['invitation_required', 'agent_erased'].includes((await registered).body.code))
  assert.equal((await send(url, 'GET /v1/me', { as: key })).body.code, 'agent_unknown')
})

test('key exchanges that were made or answered by a key of before are closed', async () => {
  await using server = await startTestServer()
  const { url } = server
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  const times = { created: Date.now(), expires: Date.now() + 3_600_000 }
  const { to, from: _, ...offer } = (await newKeyOffer(ada, { to: bob.id, purpose: 'x', ...times })).offer
  assert.equal((await send(url, `POST /v1/keyexchange/${to}`, { as: ada, body: offer })).status, 201)
  const next = await newKey(ada.id)
  assert.equal((await rotate(url, ada, await rotateKey(await historyOf(url, ada.id), ada, next))).status, 200)
  assert.deepEqual((await send(url, 'GET /v1/keyexchange', { as: bob })).body.exchanges, [])
  assert.equal((await operationsOf(url, ada.id)).length, 2)
})
