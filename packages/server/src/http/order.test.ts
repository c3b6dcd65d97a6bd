import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityFromSeed, newSeed } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

test("cheap checks come first: headers, size, block, the address's limit, clock, known agent; then the signature; then the agent's own limit", async () => {
  await using server = await startTestServer({
    RATE_LIMIT_WHITELIST: '',
    TRUST_PROXY: '1',
    LIMIT_SIGNED: '2/60',
    LIMIT_MESSAGE_POST: '1/60',
    BLOCK_AFTER: '2/60',
  })
  const ada = await newAgent(server.url)
  const stranger = await identityFromSeed(newSeed())
  const post = (from: string, more: Partial<Parameters<typeof send>[2]> & object) =>
    send(server.url, 'POST /v1/room/global', {
      body: { body: 'x' },
      ...more,
      headers: { 'x-forwarded-for': from, ...more.headers },
    })
  assert.equal((await post('192.0.2.1', { as: ada })).status, 201)
  for (let n = 0; n < 4; n++) await post('192.0.2.8', {})
  for (let n = 0; n < 2; n++) await post('192.0.2.9', {})

  // each request has all the faults of those below it as well
  const large = { body: 'x'.repeat(16_385) }
  const late = { now: Date.now() - 60_000 }
  const encoded = { headers: { 'content-encoding': 'gzip' } }
  const steps = [
    ['unsupported_media_type', '192.0.2.8', { as: stranger, ...late, ...large, ...encoded }],
    ['request_too_large', '192.0.2.8', { as: stranger, ...late, ...large }],
    ['address_blocked', '192.0.2.8', { as: stranger, ...late }],
    ['rate_limited', '192.0.2.9', { as: stranger, ...late }],
    ['clock_skew', '192.0.2.2', { as: stranger, ...late }],
    ['agent_unknown', '192.0.2.3', { as: stranger }],
    ['signature_invalid', '192.0.2.4', { as: { ...stranger, id: ada.id } }],
    ['rate_limited', '192.0.2.5', { as: ada }],
  ] as const
  const limits = []
  for (const [code, from, request] of steps) {
    const { body } = await post(from, request)
    assert.equal(body.code, code, body.detail)
    if (body.limit) limits.push(body.limit.per)
  }
  assert.deepEqual(limits, ['address', 'agent'])
})
