import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { identityFromSeed, newSeed, toBase64 } from '@aicq/protocol'
import { newAgent, send } from '../../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../../tools/testing/server.ts'
import { answerChallenge, type Dialling, dial } from '../../../../../tools/testing/sockets.ts'

const server = await startTestServer({ ALLOWED_ORIGINS: 'https://app.example' })
after(() => server[Symbol.asyncDispose]())
const { url } = server
const { host } = new URL(url)

const refusal = (options: Dialling, to = url) =>
  dial(to, options).then(
    () => assert.fail('it was let in'),
    (refused) => refused,
  )

test('a signed request opens a socket for its agent, once', async () => {
  const ada = await newAgent(url)
  await using socket = await dial(url, { as: ada, nonce: 'n'.repeat(24) })
  assert.equal((await socket.call('agent.me')).id, ada.id)
  assert.deepEqual(socket.notifications, [])
  const { status, problem } = await refusal({ as: ada, nonce: 'n'.repeat(24) })
  assert.equal(`${status} ${problem.code}`, '401 nonce_used')
})

test('a signature that is not right is refused before the connection becomes a socket, as over HTTP', async () => {
  const ada = await newAgent(url)
  const forged = await refusal({ as: { ...ada, sign: async () => new Uint8Array(64) } })
  assert.equal(`${forged.status} ${forged.problem.code}`, '401 signature_invalid')
  assert.equal(forged.headers['content-type'], 'application/problem+json')
  assert.equal(forged.headers['x-content-type-options'], 'nosniff')
  assert.match(forged.headers['strict-transport-security'], /max-age/)
  assert.equal(forged.headers['x-request-id'], forged.problem.request_id)
  const late = await refusal({ as: ada, now: Date.now() - 31_000 })
  assert.equal(late.problem.code, 'clock_skew')
  const stranger = await refusal({ as: await identityFromSeed(newSeed()) })
  assert.equal(stranger.problem.code, 'agent_unknown')
  const elsewhere = await refusal({ as: ada, headers: { host: 'evil.example' } })
  assert.equal(elsewhere.problem.code, 'authority_wrong')
})

test('an agent that cannot sign the request answers the challenge that comes first', async () => {
  const ada = await newAgent(url)
  await using socket = await dial(url)
  assert.equal((await socket.call('agent.me')).code, 'signature_missing')
  assert.deepEqual(await answerChallenge(socket, ada), { agent: ada.id })
  assert.equal((await socket.call('agent.me')).id, ada.id)
  const [{ method, params }] = socket.notifications as [{ method: string; params: { at: string; challenge: string } }]
  assert.equal(method, 'session.challenge')
  assert.equal(params.at, host)
  assert.match(params.challenge, /^[\w-]{43}$/)
})

test('an answer must be by the key of its agent, for this instance, this connection, now', async () => {
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  await using socket = await dial(url)
  await using other = await dial(url)
  const { challenge } = await other.told('session.challenge')
  const codeOf = async (changes: Parameters<typeof answerChallenge>[2]) =>
    (await answerChallenge(socket, ada, changes)).code
  assert.equal(await codeOf({ signedBy: bob }), 'signature_invalid')
  assert.equal(await codeOf({ at: 'evil.example' }), 'signature_invalid')
  assert.equal(await codeOf({ challenge }), 'signature_invalid')
  assert.equal(await codeOf({ created: Date.now() - 31_000 }), 'clock_skew')
  assert.equal(await codeOf({ created: Date.now() + 60_000 }), 'clock_skew')
  assert.equal(await codeOf({ agent: '01890000-0000-7000-8000-000000000000' }), 'agent_unknown')
  assert.equal(await codeOf({ agent: 'ada' }), 'invalid_id')
  const call = async (params: Record<string, unknown>) => (await socket.call('session.authenticate', params)).code
  assert.equal(await call({ agent: ada.id, created: Date.now(), sig: 'AAAA' }), 'signature_invalid')
  assert.equal(await call({ agent: ada.id, created: 'now', sig: 'AAAA' }), 'invalid_request')
  assert.equal(await call({ agent: ada.id, created: 1, sig: 'AAAA', more: 1 }), 'invalid_request')
  assert.equal((await socket.call('agent.me')).code, 'signature_missing')
  assert.deepEqual(await answerChallenge(socket, ada), { agent: ada.id })
})

test('a challenge is good for one success', async () => {
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  await using socket = await dial(url)
  const answers = await Promise.all([answerChallenge(socket, ada), answerChallenge(socket, ada)])
  assert.deepEqual(answers.map(({ agent, code }) => agent ?? code).sort(), [ada.id, 'signature_invalid'].sort())
  assert.equal((await answerChallenge(socket, bob)).code, 'signature_invalid')
  assert.equal((await socket.call('agent.me')).id, ada.id)
})

test('a connection that is meant for another host cannot be authenticated', async () => {
  const ada = await newAgent(url)
  await using socket = await dial(url, { headers: { host: 'evil.example' } })
  assert.equal((await answerChallenge(socket, ada)).code, 'authority_wrong')
})

test('who is not registered yet proves its key, registers, and is that agent from then on', async () => {
  const eve = await identityFromSeed(newSeed())
  await using socket = await dial(url)
  const forged = await answerChallenge(socket, eve, { agent: eve.did, signedBy: await newAgent(url) })
  assert.equal(forged.code, 'signature_invalid')
  assert.deepEqual(await answerChallenge(socket, eve, { agent: eve.did }), { agent: eve.did })
  assert.equal((await socket.call('agent.me')).code, 'agent_unknown')
  const other = await identityFromSeed(newSeed())
  assert.ok((await socket.call('agent.register', { public_key: toBase64(other.publicKey) })).code)
  assert.equal((await socket.call('agent.register', { public_key: toBase64(eve.publicKey) })).id, eve.id)
  assert.equal((await socket.call('agent.me')).id, eve.id)
})

test('pages of other sites cannot open sockets, but for those that ALLOWED_ORIGINS names', async () => {
  for (const origin of [url, `https://${host}`, 'https://app.example']) {
    await using socket = await dial(url, { headers: { origin } })
    assert.deepEqual((await socket.call('message.list', { room: 'global' })).messages, [])
  }
  for (const origin of ['https://evil.example', 'https://app.example.evil', 'http://app.example', 'null', '']) {
    const { status, problem } = await refusal({ headers: { origin } })
    assert.equal(`${status} ${problem.code}`, '403 origin_not_allowed', origin)
  }
})

test('the subprotocol is aicq.v1', async () => {
  await using socket = await dial(url, { protocols: ['graphql-ws', 'aicq.v1'] })
  assert.equal(socket.ws.protocol, 'aicq.v1')
  for (const protocols of [[], ['aicq.v2'], ['AICQ.V1']]) {
    const { status, problem } = await refusal({ protocols })
    assert.equal(`${status} ${problem.code}`, '400 invalid_request')
    assert.match(problem.detail, /aicq\.v1/)
  }
})

test('messages are never compressed, whatever the other end offers', async () => {
  await using socket = await dial(url)
  assert.equal(socket.ws.extensions, '')
})

test('who does not ask for a WebSocket is told to', async () => {
  for (const line of ['GET /v1/ws', 'GET /ws']) {
    const { status, body, headers } = await send(url, line)
    assert.equal(`${status} ${body.code} ${headers.get('upgrade')}`, '426 upgrade_required websocket')
  }
  await using _ = await dial(url, { path: '/ws' })
})

test('sockets are opened as often as a limit says, and from addresses that are not blocked', async () => {
  await using server = await startTestServer({
    RATE_LIMIT_WHITELIST: '192.0.2.1',
    LIMIT_SESSION_OPEN: '3/60',
    BLOCK_AFTER: '2/60',
  })
  const { url } = server
  const ada = await newAgent(url)
  for (let n = 0; n < 3; n++) await (await dial(url))[Symbol.asyncDispose]()
  const limited = await refusal({}, url)
  assert.equal(`${limited.status} ${limited.problem.code}`, '429 rate_limited')
  assert.equal(limited.problem.limit.operation, 'session.open')
  assert.ok(Number(limited.headers['retry-after']) > 0)
  await using own = await dial(url, { as: ada })
  assert.equal((await refusal({}, url)).problem.code, 'rate_limited')
  const blocked = await refusal({}, url)
  assert.equal(`${blocked.status} ${blocked.problem.code}`, '403 address_blocked')
  assert.equal((await own.call('agent.me')).code, 'address_blocked')
  assert.deepEqual(await own.closed, { code: 4004, reason: 'address_blocked' })
})

test('an agent, and an address, have so many sockets; one more is closed', async () => {
  await using server = await startTestServer({
    RATE_LIMIT_WHITELIST: '192.0.2.1',
    SOCKETS_PER_AGENT: '2',
    SOCKETS_PER_ADDRESS: '4',
  })
  const { url } = server
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  const tooMany = { code: 4005, reason: 'too_many' }
  await using first = await dial(url, { as: ada })
  await using _second = await dial(url, { as: ada })
  assert.deepEqual(await (await dial(url, { as: ada })).closed, tooMany)
  await using third = await dial(url)
  void answerChallenge(third, ada)
  assert.deepEqual(await third.closed, tooMany)
  await using _bobs = await dial(url, { as: bob })
  await using _bobsToo = await dial(url, { as: bob })
  assert.deepEqual(await (await dial(url)).closed, tooMany)
  await first[Symbol.asyncDispose]()
  await using again = await dial(url, { as: ada })
  assert.equal((await again.call('agent.me')).id, ada.id)
})
