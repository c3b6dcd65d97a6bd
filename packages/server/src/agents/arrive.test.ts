import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  agentIdOf,
  createKeys,
  type KeyOperation,
  recoverKey,
  recoveryHashOf,
  rotateKey,
  toBase64,
  verifyKeyHistory,
} from '@aicq/protocol'
import { arrive, historyOf, newKey, operationsOf, revoke, rotate } from '../../../../tools/testing/keys.ts'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

const history = (operations: KeyOperation[]) => verifyKeyHistory(operations[0]!.agent, operations)

/** The history of an agent that promised a recovery key and changed its key once. */
async function travelled() {
  const [first, safe] = [await newKey(), await newKey()]
  const second = await newKey(first.id)
  const operations = [await createKeys(first, { recovery: recoveryHashOf(safe.publicKey) })]
  operations.push(await rotateKey(await history(operations), first, second))
  return { first, second, safe, operations }
}

test('an agent comes to another server with its id and all its keys', async () => {
  await using server = await startTestServer()
  const { url } = server
  const { first, second, operations } = await travelled()
  const came = await arrive(url, second, operations)
  assert.deepEqual([came.status, came.body.id, came.body.key], [201, first.id, second.did])
  assert.equal((await arrive(url, second, operations)).status, 200)
  assert.deepEqual(await operationsOf(url, first.id), operations)
  assert.equal((await send(url, 'GET /v1/me', { as: second })).body.id, first.id)
  assert.equal((await send(url, 'GET /v1/me', { as: first })).body.code, 'key_revoked')
})

test('a first key that was stolen is worth nothing where the rotation becomes known', async () => {
  await using server = await startTestServer()
  const { url } = server
  const { first, second, operations } = await travelled()
  await arrive(url, first)
  assert.equal((await send(url, 'POST /v1/room/global', { as: first, body: { body: 'by a thief' } })).status, 201)
  assert.equal((await arrive(url, second, operations)).status, 200)
  assert.equal(
    (await send(url, 'POST /v1/room/global', { as: first, body: { body: 'again' } })).body.code,
    'key_revoked',
  )
  assert.equal((await send(url, 'GET /v1/me', { as: second })).status, 200)
})

test('a thief of the first key who rotated here loses to the recovery key, and to nothing less', async () => {
  await using server = await startTestServer()
  const { url } = server
  const { first, second, safe, operations } = await travelled()
  const thief = await newKey(first.id)
  await arrive(url, first, operations.slice(0, 1))
  await rotate(url, first, await rotateKey(await historyOf(url, first.id), first, thief))
  assert.equal((await arrive(url, second, operations)).body.code, 'key_history_conflict')
  const third = await newKey(first.id)
  const saved = [...operations, await recoverKey(await history(operations), safe, third)]
  assert.equal((await arrive(url, third, saved)).status, 200)
  assert.equal((await historyOf(url, first.id)).key, third.did)
  assert.equal((await send(url, 'GET /v1/me', { as: thief })).body.code, 'key_revoked')
  const [create] = operations as [KeyOperation]
  const stolen = [create, await rotateKey(await history([create]), first, thief)]
  assert.equal((await arrive(url, thief, stolen)).body.code, 'key_history_conflict')
})

test('a history that is wrong, leads elsewhere, or takes the key of another agent is refused whole', async () => {
  await using server = await startTestServer()
  const { url } = server
  const { first, second, operations } = await travelled()
  const [create, rotation] = operations as [KeyOperation, KeyOperation]
  assert.equal((await arrive(url, first, operations)).body.code, 'invalid_public_key')
  assert.equal((await arrive(url, second, [rotation])).body.reason, 'not_next')
  assert.equal((await arrive(url, second, [create, { ...rotation, sig: create.sig! }])).body.reason, 'bad_signature')
  const bob = await newAgent(url)
  const grabbing = [create, await rotateKey(await history([create]), first, bob)]
  assert.equal((await arrive(url, bob, grabbing)).body.code, 'key_taken')
  assert.equal((await send(url, `GET /v1/who/${first.id}`)).body.code, 'agent_not_found')
  assert.equal((await arrive(url, second, operations)).status, 201)
})

test('a registration in the way of v0 by somebody else yields to the history of its key', async () => {
  await using server = await startTestServer()
  const { url } = server
  const { first, second, operations } = await travelled()
  for (const key of [first, second])
    await send(url, 'POST /register', { body: { public_key: toBase64(key.publicKey), name: 'squatter' } })
  assert.equal((await arrive(url, second, operations)).status, 200)
  const { name, key } = (await send(url, `GET /v1/who/${first.id}`)).body
  assert.deepEqual([name, key], [undefined, second.did])
  assert.equal((await send(url, `GET /v1/who/${agentIdOf(second.publicKey)}`)).body.code, 'agent_not_found')
})

test('of the same history that arrives many times at once one is new', async () => {
  await using server = await startTestServer()
  const { url } = server
  const { first, second, safe, operations } = await travelled()
  const answers = await Promise.all(Array.from({ length: 6 }, () => arrive(url, second, operations)))
  assert.equal(answers.filter(({ status }) => status === 201).length, 1)
  assert.deepEqual(await operationsOf(url, first.id), operations)
  const recover = await recoverKey(await history(operations), safe, await newKey(first.id))
  const revoked = await Promise.all(Array.from({ length: 4 }, () => revoke(url, recover)))
  for (const { status, body } of revoked) assert.ok(status === 200 || body.code === 'key_history_conflict', body.code)
  assert.equal((await historyOf(url, first.id)).version, 3)
})
