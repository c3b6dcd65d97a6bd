import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encryptDm, type Identity, rotateKey, toBase64, verifyMessage } from '@aicq/protocol'
import { arrive, historyOf, newKey, otherNode, post, rotate, signedPost } from '../../../../tools/testing/keys.ts'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

/** An agent with a second key, which signs from now on. */
async function rotated(url: string) {
  const first = await newAgent(url)
  const second = await newKey(first.id)
  assert.equal((await rotate(url, first, await rotateKey(await historyOf(url, first.id), first, second))).status, 200)
  return { first, second }
}

test('an agent has a history that anyone can verify, from its first key on', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  assert.deepEqual((await send(server.url, `GET /v1/agent/${ada.id}/keys`)).body, {
    agent: ada.id,
    operations: [{ aicq: 'keys/1', agent: ada.id, version: 1, op: 'create', key: ada.did }],
  })
  const nobody = await newKey()
  assert.equal((await send(server.url, `GET /v1/agent/${nobody.id}/keys`)).body.code, 'agent_not_found')
})

test('after a rotation the new key is the agent, and the old key is refused at once: on posts, reads and direct messages', async () => {
  await using server = await startTestServer()
  const { url } = server
  const first = await newAgent(url, 'Ada')
  const before = await signedPost(url, first, 'by the first key')
  const second = await newKey(first.id)
  const changed = await rotate(url, first, await rotateKey(await historyOf(url, first.id), first, second))
  assert.deepEqual(changed.body, { agent: first.id, version: 2, key: second.did, closed: false })

  const sealed = { body: encryptDm(first.publicKey, 'x') }
  const refused = [
    await post(url, first),
    await signedPost(url, first),
    await send(url, 'POST /room/global', { as: first, signing: 'v0', body: { body: 'x' } }),
    await send(url, 'GET /v1/me', { as: first }),
    await send(url, 'GET /v1/me', { as: first, keyid: first.did }),
    await send(url, 'GET /v1/dm', { as: first }),
    await send(url, 'GET /dm', { as: first, signing: 'v0' }),
    await send(url, `POST /v1/dm/${first.id}`, { as: first, body: sealed }),
    await send(url, 'POST /v1/room/global/leave', { as: first }),
  ]
  assert.deepEqual(
    refused.map(({ status, body }) => [status, body.code]),
    refused.map(() => [401, 'key_revoked']),
  )

  assert.equal((await post(url, second)).body.from, first.id)
  const me = await send(url, 'GET /v1/me', { as: second, keyid: second.did })
  assert.deepEqual([me.body.id, me.body.name, me.body.key], [first.id, 'Ada', second.did])
  const { key, sig } = (await send(url, `GET /v1/room/global/${before.body.id}`)).body
  assert.deepEqual([key, sig], [first.did, before.body.sig])
  const after = (await signedPost(url, second)).body
  assert.equal(await verifyMessage(after), 'forged')
  assert.equal(await verifyMessage(after, await historyOf(url, first.id)), 'proven')
})

test('a node that remembers the old key refuses it at once, and takes the new one', async () => {
  await using server = await startTestServer()
  await using other = await otherNode(server)
  const { url } = server
  const first = await newAgent(url)
  for (const keyid of [first.id, first.did])
    assert.equal((await send(url, 'GET /v1/me', { as: first, keyid })).status, 200)
  const second = await newKey(first.id)
  await other.change(await rotateKey(await historyOf(url, first.id), first, second))
  for (const keyid of [first.id, first.did])
    assert.equal((await send(url, 'GET /v1/me', { as: first, keyid })).body.code, 'key_revoked')
  assert.equal((await send(url, 'GET /v1/me', { as: second })).body.key, second.did)

  /** Each asks a node that remembers the key before, and then by the new one. */
  const asks = [
    async (as: Identity) => send(url, 'GET /v1/dm', { as }),
    async (as: Identity) => post(url, as),
    async (as: Identity) => signedPost(url, as),
    async (as: Identity) =>
      send(url, `POST /v1/dm/${as.id}`, { as, body: { body: encryptDm(as.publicKey, 'to myself') } }),
  ]
  let current = second
  for (const ask of asks) {
    assert.ok((await ask(current)).status < 300)
    const next = await newKey(first.id)
    await other.change(await rotateKey(await historyOf(url, first.id), current, next))
    assert.equal((await ask(current)).body.code, 'key_revoked')
    assert.ok((await ask(next)).status < 300)
    current = next
  }
})

test('of two rotations at once one is taken, and the other is told that it came too late', async () => {
  await using server = await startTestServer()
  await using other = await otherNode(server)
  const ada = await newAgent(server.url)
  const history = await historyOf(server.url, ada.id)
  const tries = await Promise.all(
    Array.from({ length: 8 }, async (_, at) => {
      const next = await newKey(ada.id)
      const operation = await rotateKey(history, ada, next)
      const here = async () => (await rotate(server.url, ada, operation)).body.code
      const there = () =>
        other.change(operation).then(
          () => undefined,
          ({ code }) => code,
        )
      return { next, code: await (at % 2 ? here() : there()) }
    }),
  )
  const winners = tries.filter(({ code }) => code === undefined)
  assert.equal(winners.length, 1)
  const codes = new Set(tries.map(({ code }) => code).filter((code) => code !== undefined))
  codes.delete('key_revoked') // whose request arrived when it was over
  assert.deepEqual([...codes], ['key_history_conflict'])
  const { key, version } = await historyOf(server.url, ada.id)
  assert.deepEqual([key, version], [winners[0]!.next.did, 2])
})

test('a key belongs to one agent for ever: the keys of others, past and present, are refused', async () => {
  await using server = await startTestServer()
  const { url } = server
  const { first, second } = await rotated(url)
  const bob = await newAgent(url)
  const place = await historyOf(url, bob.id)
  for (const key of [first, second]) {
    const operation = await rotateKey(place, bob, key)
    assert.equal((await rotate(url, bob, operation)).body.code, 'key_taken')
  }
  const public_key = (of: Identity) => ({ public_key: toBase64(of.publicKey) })
  assert.equal((await send(url, 'POST /register', { body: public_key(first) })).body.code, 'key_revoked')
  assert.equal((await arrive(url, first)).body.code, 'key_revoked')
  assert.equal((await arrive(url, second)).body.id, first.id)
  const third = await newKey(first.id)
  await rotate(url, second, await rotateKey(await historyOf(url, first.id), second, third))
  assert.equal((await send(url, 'POST /register', { body: public_key(second) })).body.code, 'key_taken')
  assert.equal((await arrive(url, second)).body.code, 'key_taken')
})

test('a registration in the way of v0 of a key that somebody else is going to use yields to its proof, unless it has acted', async () => {
  await using server = await startTestServer()
  const { url } = server
  const [ada, next, used] = [await newAgent(url), await newKey(), await newKey()]
  for (const key of [next, used])
    await send(url, 'POST /register', { body: { public_key: toBase64(key.publicKey), name: 'squatter' } })
  await send(url, 'POST /room/global', { as: used, signing: 'v0', body: { body: 'it is in use' } })
  const place = await historyOf(url, ada.id)
  assert.equal((await rotate(url, ada, await rotateKey(place, ada, used))).body.code, 'key_taken')
  assert.equal((await rotate(url, ada, await rotateKey(place, ada, next))).status, 200)
  assert.equal((await send(url, `GET /v1/who/${next.id}`)).body.code, 'agent_not_found')
  const again = await send(url, 'POST /register', { body: { public_key: toBase64(next.publicKey) } })
  assert.deepEqual([again.status, again.body.id], [200, ada.id])
})
