import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  agentIdOf,
  checkPublicKey,
  didKeyOf,
  fromBase64,
  identityFromSeed,
  publicKeyOfDidKey,
  signV0,
  v0Payload,
  verifyEd25519,
} from './index.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../spec/vectors/v0.json', import.meta.url), 'utf8'))
const bytes = (base64: string) => fromBase64(base64)!
const utf8 = (text: string) => new TextEncoder().encode(text)

test('the agents of the vectors have the ids and keys that others computed', async () => {
  for (const { seed, public_key, did_key, agent_id } of vectors.agents) {
    const identity = await identityFromSeed(bytes(seed))
    assert.deepEqual(identity.publicKey, bytes(public_key))
    assert.equal(identity.id, agent_id)
    assert.equal(identity.did, did_key)
    assert.equal(agentIdOf(bytes(public_key)), agent_id)
    assert.equal(didKeyOf(bytes(public_key)), did_key)
    assert.deepEqual(publicKeyOfDidKey(did_key), bytes(public_key))
  }
})

test('the v0 signatures of the vectors are the ones we make, and verify', async () => {
  for (const { agent, body, nonce, timestamp, payload, signature } of vectors.request_signatures) {
    const identity = await identityFromSeed(bytes(vectors.agents[agent].seed))
    assert.equal(new TextDecoder().decode(v0Payload(utf8(body), nonce, timestamp)), payload)
    const headers = await signV0(identity, utf8(body), { nonce, now: timestamp })
    assert.equal(headers['X-AICQ-Signature'], signature)
    assert.equal(await verifyEd25519(identity.publicKey, bytes(signature), utf8(payload)), true)
    assert.equal(await verifyEd25519(identity.publicKey, bytes(signature), utf8(`${payload}0`)), false)
  }
})

test('keys of small order and encodings that are not canonical are refused', () => {
  const weak = [
    '00',
    '01',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ]
  for (const hex of weak)
    assert.throws(() => checkPublicKey(Uint8Array.from(Buffer.from(hex.padEnd(64, '0'), 'hex'))), {
      code: 'invalid_public_key',
    })
  assert.throws(() => checkPublicKey(new Uint8Array(31)), { code: 'invalid_public_key' })
})
