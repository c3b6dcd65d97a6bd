import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromBase64, identityFromSeed, messageBytes, signMessage, verifyMessage } from '../index.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../../spec/vectors/messages.json', import.meta.url), 'utf8'))

test('each message of the vectors is proven, unsigned or forged, as it should be', async () => {
  for (const { name, message, expect } of vectors.messages) assert.equal(await verifyMessage(message), expect, name)
})

test('we sign the same bytes to the same signature', async () => {
  const identity = await identityFromSeed(fromBase64(vectors.agents.ada.seed)!)
  for (const { name, message, canonical } of vectors.messages) {
    if (canonical === undefined) continue
    assert.equal(new TextDecoder().decode(messageBytes(message)), canonical, name)
    assert.equal(await signMessage(identity, message), message.sig, name)
  }
})

test('a text that has no canonical form cannot be signed', () => {
  const { message } = vectors.messages[0]
  assert.throws(() => messageBytes({ ...message, body: '\udc00' }), { code: 'invalid_request' })
  assert.throws(() => messageBytes({ ...message, created: Number.NaN }), { code: 'invalid_request' })
})
