import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answerKeyOffer,
  createKeys,
  declareKeys,
  encryptDm,
  type Identity,
  identityFromSeed,
  newKeyOffer,
  newMessageId,
  newPrekey,
  newSeed,
  operations,
  toBase64,
  verifyKeyHistory,
} from '@aicq/protocol'
import pg from 'pg'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { administered, startTestServer, type TestServer } from '../../../../tools/testing/server.ts'

/** How many nonces PostgreSQL keeps that begin so. */
async function kept({ database }: TestServer, beginning: string): Promise<number> {
  const client = new pg.Client(database.superuser)
  await client.connect()
  const { rows } = await client.query('select nonce from nonces where starts_with(nonce, $1)', [beginning])
  await client.end()
  return rows.length
}

interface Write {
  readonly line: string
  readonly body?: unknown
  readonly as: Identity
}

/** A write of each operation that succeeds, by an agent who is the administrator too. */
async function writesOf(url: string, ada: Identity): Promise<Record<string, Write>> {
  const [bob, eve, newcomer] = [await newAgent(url), await newAgent(url), await identityFromSeed(newSeed())]
  const ask = async (as: Identity, line: string, body?: unknown) => (await send(url, line, { as, body })).body
  const room = (await ask(ada, 'POST /v1/room', { name: 'hers' })).id
  const other = (await ask(bob, 'POST /v1/room', { name: 'his' })).id
  await ask(bob, `POST /v1/room/${room}/join`)
  const said = (await ask(ada, 'POST /v1/room/global', { body: 'said' })).id
  const heard = (await ask(bob, 'POST /v1/room/global', { body: 'heard' })).id
  const body = encryptDm(bob.publicKey, 'hidden')
  const dm = (await ask(ada, `POST /v1/dm/${bob.id}`, { body })).id
  const times = { created: Date.now(), expires: Date.now() + 3_600_000 }
  const installation = crypto.randomUUID()
  const prekeyOf = async (by: Identity) => {
    const { prekey } = await newPrekey(by, { purpose: 'signed', installation, ...times })
    return { installation, prekeys: [prekey] }
  }
  await ask(bob, 'POST /v1/prekeys', await prekeyOf(bob))
  const offerTo = async (by: Identity, to: Identity) => {
    const { to: _, from: __, ...offer } = (await newKeyOffer(by, { to: to.id, purpose: 'nonces', ...times })).offer
    return offer
  }
  const exchanges: { id: string }[] = []
  for (const _ of [1, 2]) exchanges.push(await ask(bob, `POST /v1/keyexchange/${ada.id}`, await offerTo(bob, ada)))
  const { exchanges: offered } = await ask(ada, 'GET /v1/keyexchange?direction=received')
  const accepted = offered.find(({ id }: { id: string }) => id === exchanges[0]!.id)
  const { answer } = await answerKeyOffer(ada, accepted, bob.did, Date.now())
  const declared = await declareKeys(await verifyKeyHistory(ada.id, [await createKeys(ada)]), ada, { dm: 'aicq-dm-v2' })
  const invitation = (await ask(ada, 'POST /v1/invitations', {})).id
  const write = (line: string, body?: unknown, as = ada) => ({ line, body, as })
  return {
    'agent.register': write('POST /v1/register', { public_key: toBase64(newcomer.publicKey) }, newcomer),
    'agent.update': write(`PATCH /v1/agent/${ada.id}`, { name: 'Ada' }),
    'agent.rotate': write(`POST /v1/agent/${ada.id}/rotate`, { operation: declared }),
    'room.create': write('POST /v1/room', { name: 'lab' }),
    'room.update': write(`PATCH /v1/room/${room}`, { description: 'new' }),
    'room.join': write(`POST /v1/room/${other}/join`),
    'room.leave': write(`POST /v1/room/${other}/leave`),
    'room.remove': write(`POST /v1/room/${room}/remove`, { agent: bob.id }),
    'message.post': write('POST /v1/room/global', { body: 'once' }),
    'message.delete': write(`DELETE /v1/room/global/${said}`),
    'message.ack': write(`POST /v1/room/global/${heard}/ack`, { state: 'done', note: 'once' }),
    'message.batch': write('POST /v1/batch', { items: [{ room: 'global', body: 'once' }] }),
    'dm.send': write(`POST /v1/dm/${bob.id}`, { body }),
    'dm.delete': write(`DELETE /v1/dm/${dm}`),
    'prekeys.publish': write('POST /v1/prekeys', await prekeyOf(ada)),
    'prekeys.take': write(`POST /v1/prekeys/${bob.id}`, { installation }),
    'prekeys.withdraw': write(`DELETE /v1/prekeys/${installation}`),
    'keyexchange.offer': write(`POST /v1/keyexchange/${bob.id}`, await offerTo(ada, bob)),
    'keyexchange.accept': write(`POST /v1/keyexchange/${exchanges[0]!.id}/accept`, answer),
    'keyexchange.decline': write(`POST /v1/keyexchange/${exchanges[1]!.id}/decline`, {}),
    'invitation.create': write('POST /v1/invitations', {}),
    'invitation.revoke': write(`DELETE /v1/invitations/${invitation}`),
    'agent.erase': write(`DELETE /v1/agent/${eve.id}`),
  }
}

test('every write claims its nonce in PostgreSQL, once its signature has verified, and is accepted once', async () => {
  const { server, admin } = await administered()
  await using _ = server
  const writes = await writesOf(server.url, admin)
  const impostor = await identityFromSeed(newSeed())
  for (const { name, writes: does, caller } of operations) {
    // the operation inside proves itself, and no request is signed
    if (!does || name === 'agent.revoke') continue
    assert.ok(writes[name], `${name} is new: say in this test how it is written`)
    const { line, body, as } = writes[name]
    const signing = { body, nonce: `${name} `.repeat(4).replaceAll(' ', '-'), now: Date.now() }
    const keyid = caller === 'key' ? as.did : as.id
    const ask = (by: Identity) => send(server.url, line, { as: by, keyid, ...signing })
    assert.equal((await ask({ ...impostor, id: as.id, did: as.did })).body.code, 'signature_invalid', name)
    assert.equal(await kept(server, name), 0, name)
    const done = await ask(as)
    assert.ok(done.status < 300, `${name}: ${JSON.stringify(done.body)}`)
    assert.equal(await kept(server, name), 1, name)
    const again = await ask(as)
    // a key or an operation that is there already is answered from there, and nothing is written
    if (name === 'message.batch') assert.equal(again.body.results[0].error.code, 'nonce_used', name)
    else if (['agent.register', 'agent.rotate'].includes(name)) assert.equal(again.status, 200, name)
    else assert.match(again.body.code, /^(nonce_used|exchange_not_found)$/, name)
  }
})

test('the nonce of a write is claimed in the transaction of its effect: without effect there is no claim', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  for (const [line, body] of [
    ['POST /v1/room/global', { body: 'x', pid: newMessageId() }],
    [`POST /v1/room/${crypto.randomUUID()}/join`, undefined],
    [`DELETE /v1/room/global/${newMessageId()}`, undefined],
  ] as const) {
    const signing = { nonce: 'without-effect-'.repeat(2), now: Date.now() }
    const codes = []
    for (const _ of [1, 2]) codes.push((await send(server.url, line, { as: ada, body, ...signing })).body.code)
    assert.ok(codes[0] !== 'nonce_used' && codes[0] === codes[1], `${line}: ${codes}`)
    assert.equal(await kept(server, 'without-effect'), 0, line)
  }
})

test('what a server remembers may only refuse early: another one, which remembers nothing, refuses the same write', async () => {
  await using first = await startTestServer()
  const ada = await newAgent(first.url)
  const same = { as: ada, body: { body: 'once' }, nonce: 'again-elsewhere-'.repeat(2), now: Date.now() }
  assert.equal((await send(first.url, 'POST /v1/room/global', same)).status, 201)
  await first.stop()
  await using second = await startTestServer({ ...first.database.environment, PORT: new URL(first.url).port })
  second.clock.ahead = same.now - Date.now()
  assert.equal((await send(second.url, 'POST /v1/room/global', same)).body.code, 'nonce_used')
  const { messages } = (await send(second.url, 'GET /v1/room/global')).body
  assert.equal(messages.length, 1)
})

test('a nonce outlives its window, the 5 s ahead and the difference of two clocks', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  // made 5 s ahead of a server that is 2 s ahead of the database; asked last of one that is 2 s behind
  const now = Date.now()
  const both = ['POST /v1/room/global', 'GET /v1/me'] as const
  const askAt = (time: number, line: (typeof both)[number]) => {
    server.clock.ahead = time - Date.now()
    return send(server.url, line, {
      as: ada,
      now: now + 7_000,
      nonce: `outlives-${line.length}-`.repeat(3),
      ...(line.startsWith('POST') ? { body: { body: 'once' } } : {}),
    })
  }
  for (const line of both) assert.ok((await askAt(now + 2_500, line)).status < 300, line)
  for (const line of both) assert.equal((await askAt(now + 34_500, line)).body.code, 'nonce_used', line)
})
