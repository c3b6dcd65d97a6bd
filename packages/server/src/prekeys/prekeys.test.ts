import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Identity, newPrekey, type Prekey, type PrekeyPurpose, toBase64 } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

const week = 7 * 86_400_000

async function startWithThree(environment: Record<string, string> = {}) {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startTestServer(environment))
  const { url, clock } = server
  const [ada, bob, carol] = [await newAgent(url, 'ada'), await newAgent(url, 'bob'), await newAgent(url, 'carol')]
  const now = () => Date.now() + clock.ahead
  const prekey = async (as: Identity, installation: string, purpose: PrekeyPurpose, lives = week): Promise<Prekey> =>
    (await newPrekey(as, { purpose, installation, created: now(), expires: now() + lives })).prekey
  const publish = async (as: Identity, installation: string, prekeys: readonly Prekey[]) =>
    send(url, 'POST /v1/prekeys', { as, body: { installation, prekeys }, now: now() })
  /** An installation with so many one-time prekeys; gives its id. */
  const install = async (as: Identity, oneTime: number, lastResort = true) => {
    const installation = crypto.randomUUID()
    const prekeys = [await prekey(as, installation, 'signed')]
    if (lastResort) prekeys.push(await prekey(as, installation, 'last-resort'))
    for (let n = 0; n < oneTime; n++) prekeys.push(await prekey(as, installation, 'one-time'))
    assert.equal((await publish(as, installation, prekeys)).status, 200)
    return installation
  }
  const take = async (as: Identity, agent: Identity, installation: string) =>
    send(url, `POST /v1/prekeys/${agent.id}`, { as, body: { installation }, now: now() })
  const mine = async (as: Identity) => (await send(url, 'GET /v1/prekeys', { as, now: now() })).body.installations
  const listed = async (as: Identity, agent: Identity) =>
    (await send(url, `GET /v1/prekeys/${agent.id}`, { as, now: now() })).body.installations
  const closing = opened.move()
  return {
    ...{ server, url, ada, bob, carol, now, prekey, publish, install, take, mine, listed },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

test('an installation is listed with its signed prekey, and its owner sees what is left', async () => {
  await using three = await startWithThree()
  const { ada, bob, install, mine, listed } = three
  assert.deepEqual(await listed(ada, bob), [])
  const installation = await install(bob, 3)
  const [seen] = await listed(ada, bob)
  assert.deepEqual([seen.installation, seen.signed.purpose, Object.keys(seen).length], [installation, 'signed', 2])
  const [own] = await mine(bob)
  assert.deepEqual([own.installation, own.one_time, own.last_resort.purpose], [installation, 3, 'last-resort'])
  assert.deepEqual(await mine(ada), [])
})

test('each one-time prekey is given once, to one agent, and one a day; then there is the last resort', async () => {
  await using three = await startWithThree()
  const { server, ada, bob, carol, install, take, mine } = three
  const installation = await install(bob, 2)
  const given = async (as: Identity) => (await take(as, bob, installation)).body.one_time
  const one = await given(ada)
  assert.equal(one.purpose, 'one-time')
  assert.equal((await given(ada)).purpose, 'last-resort')
  const two = await given(carol)
  assert.equal(two.purpose, 'one-time')
  assert.notEqual(one.id, two.id)
  assert.equal((await mine(bob))[0].one_time, 0)
  server.clock.ahead += 86_400_001
  assert.equal((await given(ada)).purpose, 'last-resort')
})

test('of many who ask at once for the last one-time prekey, one gets it', async () => {
  await using three = await startWithThree()
  const { url, bob, install, take } = three
  const takers = await Promise.all(Array.from({ length: 12 }, () => newAgent(url)))
  const installation = await install(bob, 4)
  const taken = await Promise.all(takers.map(async (as) => (await take(as, bob, installation)).body.one_time))
  const oneTime = taken.filter(({ purpose }) => purpose === 'one-time').map(({ id }) => id)
  assert.deepEqual([oneTime.length, new Set(oneTime).size], [4, 4])
  assert.equal(taken.filter(({ purpose }) => purpose === 'last-resort').length, 8)
})

test('a new signed prekey takes the place of the old one; what expires, or is withdrawn, is gone', async () => {
  await using three = await startWithThree()
  const { server, url, ada, bob, now, prekey, publish, install, take, listed, mine } = three
  const installation = await install(bob, 1, false)
  const next = await prekey(bob, installation, 'signed', 2 * week)
  const published = await publish(bob, installation, [next, next].slice(0, 1))
  assert.equal(published.body.signed.id, next.id)
  assert.deepEqual((await listed(ada, bob))[0].signed, next)
  server.clock.ahead += week
  assert.equal((await mine(bob))[0].one_time, 0)
  assert.deepEqual((await take(ada, bob, installation)).body, { signed: next })
  server.clock.ahead += week
  assert.deepEqual(await listed(ada, bob), [])
  assert.equal((await take(ada, bob, installation)).body.code, 'installation_not_found')
  const other = await install(bob, 1)
  const withdraw = (as: Identity) => send(url, `DELETE /v1/prekeys/${other}`, { as, now: now() })
  assert.equal((await withdraw(ada)).status, 204)
  assert.equal((await listed(ada, bob)).length, 1)
  assert.equal((await withdraw(bob)).status, 204)
  assert.deepEqual(await listed(ada, bob), [])
})

test('prekeys that are of others, weak, badly signed or too long-lived are refused, all or none', async () => {
  await using three = await startWithThree()
  const { ada, bob, prekey, publish, mine } = three
  const installation = crypto.randomUUID()
  const signed = await prekey(bob, installation, 'signed')
  const code = async (...prekeys: unknown[]) => (await publish(bob, installation, prekeys as Prekey[])).body.code
  assert.equal(await code(signed, await prekey(ada, installation, 'one-time')), 'invalid_request')
  assert.equal(await code(signed, await prekey(bob, crypto.randomUUID(), 'one-time')), 'invalid_request')
  assert.equal(await code(signed, await prekey(bob, installation, 'one-time', 91 * 86_400_000)), 'invalid_request')
  assert.equal(await code(signed, await prekey(bob, installation, 'one-time', -1)), 'invalid_request')
  assert.equal(await code(signed, await prekey(bob, installation, 'signed')), 'invalid_request')
  assert.equal(await code(signed, signed), 'invalid_request')
  assert.equal(await code(await prekey(bob, installation, 'one-time')), 'invalid_request')
  assert.equal(await code({ ...signed, created: signed.created - 1 }), 'signature_invalid')
  assert.equal(await code({ ...signed, purpose: 'last-resort' }), 'signature_invalid')
  assert.equal(await code({ ...signed, id: '0123456789abcdef' }), 'invalid_request')
  for (const weak of ['00', '01', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'])
    assert.equal(
      await code({ ...signed, public_key: Buffer.from(weak.padEnd(64, '0'), 'hex').toString('base64') }),
      'invalid_public_key',
    )
  assert.equal(await code({ ...signed, public_key: toBase64(new Uint8Array(32).fill(255)) }), 'invalid_public_key')
  assert.deepEqual(await mine(bob), [])
})

test('an agent has eight installations at most, each with a hundred one-time prekeys', async () => {
  await using three = await startWithThree()
  const { bob, prekey, publish, install, mine } = three
  const [first] = await Promise.all(Array.from({ length: 8 }, () => install(bob, 0)))
  const ninth = crypto.randomUUID()
  assert.equal((await publish(bob, ninth, [await prekey(bob, ninth, 'signed')])).body.code, 'quota_reached')
  const many = await Promise.all(Array.from({ length: 100 }, () => prekey(bob, first!, 'one-time')))
  assert.equal((await publish(bob, first!, many)).body.one_time, 100)
  assert.equal((await publish(bob, first!, [await prekey(bob, first!, 'one-time')])).body.code, 'quota_reached')
  assert.equal((await publish(bob, first!, many)).status, 200)
  assert.equal((await mine(bob)).length, 8)
})

test('who does not sign as RFC 9421 asks gets nothing', async () => {
  await using three = await startWithThree()
  const { url, ada, bob, install } = three
  const installation = await install(bob, 1)
  for (const path of ['/prekeys', `/prekeys/${bob.id}`, `/v1/prekeys/${bob.id}`])
    for (const options of [{}, { as: ada, signing: 'v0' }] as const)
      assert.equal((await send(url, `GET ${path}`, options)).body.code, 'signature_missing')
  const body = { installation }
  assert.equal((await send(url, `POST /prekeys/${bob.id}`, { as: ada, signing: 'v0', body })).status, 401)
})
