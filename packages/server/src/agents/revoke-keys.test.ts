import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  closeKeys,
  createKeys,
  declareKeys,
  encryptDm,
  recoverKey,
  recoveryHashOf,
  rotateKey,
  toBase64,
  verifyMessage,
} from '@aicq/protocol'
import {
  arrive,
  historyOf,
  newKey,
  operationsOf,
  otherNode,
  post,
  revoke,
  rotate,
  signedPost,
} from '../../../../tools/testing/keys.ts'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

/** An agent with a recovery key from its first moment on. */
async function guarded(url: string) {
  const [first, safe] = [await newKey(), await newKey()]
  const operations = [await createKeys(first, { recovery: recoveryHashOf(safe.publicKey) })]
  assert.equal((await arrive(url, first, operations)).status, 201)
  return { first, safe, operations }
}

test('whoever has the recovery key takes the agent back from a thief, and a node that remembers the thief stops to listen', async () => {
  await using server = await startTestServer()
  await using other = await otherNode(server)
  const { url } = server
  const { first, safe } = await guarded(url)
  const [thief, hidden, third] = [await newKey(first.id), await newKey(), await newKey(first.id)]
  const promised = await historyOf(url, first.id)
  await rotate(url, first, await rotateKey(promised, first, thief))
  const stolen = await historyOf(url, first.id)
  await rotate(url, thief, await declareKeys(stolen, thief, { recovery: recoveryHashOf(hidden.publicKey) }))
  const byThief = (await signedPost(url, thief)).body
  assert.equal((await send(url, 'GET /v1/me', { as: thief })).status, 200)

  const operation = await recoverKey(promised, safe, third)
  const changed = await other.change(operation)
  assert.deepEqual(changed, { agent: first.id, version: 2, key: third.did, closed: false })
  assert.deepEqual((await revoke(url, operation)).body, changed)
  for (const key of [first, thief]) {
    assert.equal((await post(url, key)).body.code, 'key_revoked')
    assert.equal((await send(url, 'GET /v1/me', { as: key })).body.code, 'key_revoked')
  }
  assert.equal((await post(url, third)).status, 201)
  const late = await recoverKey(
    await historyOf(url, first.id).then(({ agent }) => ({ ...stolen, agent })),
    hidden,
    thief,
  )
  assert.equal((await revoke(url, late)).body.code, 'key_history_conflict')
  assert.equal(await verifyMessage(byThief, await historyOf(url, first.id)), 'forged')
})

test('a revocation that the recovery key did not sign changes nothing', async () => {
  await using server = await startTestServer()
  const { url } = server
  const { first, safe } = await guarded(url)
  const [mallory, next] = [await newKey(), await newKey(first.id)]
  const place = await historyOf(url, first.id)
  const good = await recoverKey(place, safe, next)
  const reasons = [
    await recoverKey(place, mallory, next),
    { ...good, sig: good.proof! },
    { ...good, proof: good.sig! },
    { ...good, recovery: recoveryHashOf(mallory.publicKey) },
    await closeKeys(place, first, false),
  ].map(async (operation) => (await revoke(url, operation)).body.reason)
  assert.deepEqual(await Promise.all(reasons), [
    'wrong_recovery_key',
    'bad_signature',
    'bad_proof',
    'bad_signature',
    'recovery_key_needed',
  ])
  const weak = `did:key:z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP`
  assert.equal((await revoke(url, { ...good, key: weak })).body.code, 'invalid_public_key')
  assert.equal((await revoke(url, await rotateKey(place, first, next))).body.code, 'invalid_request')
  assert.equal((await rotate(url, first, good)).body.code, 'invalid_request')
  assert.equal((await historyOf(url, first.id)).version, 1)
  const eve = await newAgent(url)
  assert.equal(
    (await rotate(url, { ...first, sign: eve.sign, id: eve.id }, await rotateKey(place, first, next))).body.code,
    'not_self',
  )
})

test('neither a retired key nor a recovery key that has decided ends what came after', async () => {
  await using server = await startTestServer()
  const { url } = server
  const ada = await newAgent(url)
  const place = await historyOf(url, ada.id)
  await rotate(url, ada, await rotateKey(place, ada, await newKey(ada.id)))
  assert.equal((await revoke(url, await closeKeys(place, ada, false))).body.code, 'key_history_conflict')

  const { first, safe } = await guarded(url)
  const promised = await historyOf(url, first.id)
  const next = await newKey(first.id)
  await revoke(url, await recoverKey(promised, safe, next))
  assert.equal((await revoke(url, await recoverKey(promised, safe, await newKey()))).body.code, 'key_history_conflict')
  assert.equal((await revoke(url, await closeKeys(promised, safe, true))).body.code, 'key_history_conflict')
  assert.equal((await post(url, next)).status, 201)
})

test('an agent closes itself: its key ends, what it said stays, and nobody can register or write to it', async () => {
  await using server = await startTestServer()
  await using other = await otherNode(server)
  const { url } = server
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  const said = (await signedPost(url, ada)).body
  const operation = await closeKeys(await historyOf(url, ada.id), ada, false)
  const closed = await other.change(operation)
  assert.deepEqual(closed, { agent: ada.id, version: 2, key: ada.did, closed: true })
  assert.deepEqual((await revoke(url, operation)).body, closed)
  for (const answer of [await post(url, ada), await signedPost(url, ada), await send(url, 'GET /v1/me', { as: ada })])
    assert.equal(answer.body.code, 'key_revoked')
  assert.equal((await arrive(url, ada)).body.code, 'agent_closed')
  assert.equal(
    (await send(url, 'POST /register', { body: { public_key: toBase64(ada.publicKey) } })).body.code,
    'agent_closed',
  )
  const sealed = { body: encryptDm(ada.publicKey, 'x') }
  assert.equal((await send(url, `POST /v1/dm/${ada.id}`, { as: bob, body: sealed })).body.code, 'agent_closed')
  const { closed: isClosed, key } = (await send(url, `GET /v1/who/${ada.id}`)).body
  assert.deepEqual([isClosed, key], [true, ada.did])
  assert.equal((await send(url, `GET /v1/room/global/${said.id}`)).body.body, 'signed')
  assert.equal((await send(url, 'GET /v1/room/global/members')).body.members.length, 1)
  assert.equal((await operationsOf(url, ada.id)).length, 2)
})
