import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerKeyOffer, finishKeyExchange, type Identity, newKeyOffer, toBase64 } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

async function startWithThree() {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startTestServer())
  const { url, clock } = server
  const [ada, bob, carol] = [await newAgent(url, 'ada'), await newAgent(url, 'bob'), await newAgent(url, 'carol')]
  const now = () => Date.now() + clock.ahead
  const make = (as: Identity, to: Identity, lives = 3_600_000) =>
    newKeyOffer(as, { to: to.id, purpose: 'session', created: now(), expires: now() + lives })
  const post = async (as: Identity, { to, from: _, ...body }: Record<string, unknown>) =>
    send(url, `POST /v1/keyexchange/${to}`, { as, body, now: now() })
  const offer = async (as: Identity, to: Identity) => {
    const made = await make(as, to)
    const { status, body } = await post(as, { ...made.offer })
    assert.equal(status, 201)
    return { ...made, exchange: body }
  }
  const list = async (as: Identity, query = '') =>
    (await send(url, `GET /v1/keyexchange${query}`, { as, now: now() })).body.exchanges
  const accept = (as: Identity, id: string, body: unknown) =>
    send(url, `POST /v1/keyexchange/${id}/accept`, { as, body, now: now() })
  const decline = (as: Identity, id: string) => send(url, `POST /v1/keyexchange/${id}/decline`, { as, now: now() })
  const closing = opened.move()
  return {
    ...{ server, ada, bob, carol, now, make, post, offer, list, accept, decline },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

test('who offers a key and who accepts it have the same secret, and nobody else sees the exchange', async () => {
  await using three = await startWithThree()
  const { ada, bob, carol, now, offer, list, accept, decline } = three
  const { exchange, secret } = await offer(ada, bob)
  const [waiting] = await list(bob, '?direction=received')
  assert.deepEqual(
    [waiting.id, waiting.from, waiting.from_key, waiting.state],
    [exchange.id, ada.id, ada.did, 'pending'],
  )
  assert.deepEqual(await list(carol), [])
  const answered = await answerKeyOffer(bob, waiting, ada.did, now())
  for (const code of [
    (await accept(carol, exchange.id, answered.answer)).body.code,
    (await decline(carol, exchange.id)).body.code,
  ])
    assert.equal(code, 'exchange_not_found')
  assert.equal((await accept(bob, exchange.id, answered.answer)).body.state, 'accepted')
  assert.deepEqual(await list(bob), [])
  const [mine] = await list(ada, '?direction=sent')
  assert.deepEqual([mine.state, mine.answer.key], ['accepted', bob.did])
  assert.deepEqual(await finishKeyExchange(mine, secret, mine.answer, bob.did), answered.secret)
  assert.equal((await accept(bob, exchange.id, answered.answer)).body.code, 'exchange_not_found')
})

test('an offer that is declined, taken back or expired waits no longer, and looks as one that never was', async () => {
  await using three = await startWithThree()
  const { server, ada, bob, now, offer, list, accept, decline } = three
  const [declined, takenBack, expired] = [await offer(ada, bob), await offer(ada, bob), await offer(ada, bob)]
  const { answer } = await answerKeyOffer(bob, expired.exchange, ada.did, now())
  assert.equal((await decline(bob, declined.exchange.id)).status, 204)
  assert.equal((await decline(ada, takenBack.exchange.id)).status, 204)
  const states = (await list(ada)).map(({ id, state }: { id: string; state: string }) => [id, state])
  assert.deepEqual(states, [
    [declined.exchange.id, 'declined'],
    [expired.exchange.id, 'pending'],
  ])
  server.clock.ahead += 3_600_001
  assert.deepEqual([await list(ada), await list(bob)], [[], []])
  const gone = [declined, takenBack, expired].map(({ exchange }) => exchange.id)
  const never = '00000000-0000-7000-8000-000000000000'
  const answers = []
  for (const id of [...gone, never]) answers.push((await accept(bob, id, { ...answer, created: now() })).body)
  assert.deepEqual(new Set(answers.map(({ code, detail }) => `${code} ${detail}`)).size, 1)
  assert.equal(answers[0].code, 'exchange_not_found')
})

test('an offer that is forged, weak, for somebody else or too long-lived is refused', async () => {
  await using three = await startWithThree()
  const { ada, bob, carol, make, post, list } = three
  const { offer } = await make(ada, bob)
  const code = async (as: Identity, change: Record<string, unknown>) =>
    (await post(as, { ...offer, ...change })).body.code
  assert.equal(await code(carol, {}), 'signature_invalid')
  assert.equal(await code(ada, { to: carol.id }), 'signature_invalid')
  assert.equal(await code(ada, { purpose: 'other' }), 'signature_invalid')
  assert.equal(await code(ada, { expires: offer.expires + 1 }), 'signature_invalid')
  assert.equal(await code(ada, { expires: offer.expires + 86_400_000 }), 'invalid_request')
  assert.equal(await code(ada, { created: offer.created - 400_000 }), 'clock_skew')
  assert.equal(await code(ada, { public_key: toBase64(new Uint8Array(32)) }), 'invalid_public_key')
  assert.equal(await code(ada, { to: '00000000-0000-8000-8000-000000000000' }), 'signature_invalid')
  assert.deepEqual(await list(bob), [])
})

test('an answer to another offer is refused, and both ends notice a forged one', async () => {
  await using three = await startWithThree()
  const { ada, bob, carol, now, offer, accept } = three
  const [one, two] = [await offer(ada, bob), await offer(ada, bob)]
  const { answer } = await answerKeyOffer(bob, one.exchange, ada.did, now())
  assert.equal((await accept(bob, two.exchange.id, answer)).body.code, 'signature_invalid')
  const weak = { ...answer, public_key: toBase64(new Uint8Array(32)) }
  assert.equal((await accept(bob, one.exchange.id, weak)).body.code, 'invalid_public_key')
  const invalid = { name: 'EncryptionError', code: 'exchange_invalid' }
  await assert.rejects(answerKeyOffer(bob, { ...one.offer, purpose: 'x' }, ada.did, now()), invalid)
  await assert.rejects(answerKeyOffer(carol, one.offer, ada.did, now()), invalid)
  await assert.rejects(answerKeyOffer(bob, one.offer, ada.did, one.offer.expires), invalid)
  await assert.rejects(finishKeyExchange(two.offer, two.secret, answer, bob.did), invalid)
  await assert.rejects(finishKeyExchange(one.offer, one.secret, answer, carol.did), invalid)
})

test('four offers of a pair are kept at once', async () => {
  await using three = await startWithThree()
  const { ada, bob, carol, make, post, offer, decline } = three
  const { exchange } = await offer(ada, bob)
  for (let n = 0; n < 3; n++) await offer(ada, bob)
  const fifth = (await make(ada, bob)).offer
  assert.equal((await post(ada, { ...fifth })).body.code, 'quota_reached')
  await offer(carol, bob)
  await offer(bob, ada)
  await decline(ada, exchange.id)
  assert.equal((await post(ada, { ...fifth })).status, 201)
})
