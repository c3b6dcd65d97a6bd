import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromBase64, identityFromSeed, sessionBytes, signSession, verifyEd25519 } from '../index.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../../spec/vectors/sockets.json', import.meta.url), 'utf8'))

test('we sign the challenges of the vectors to the same signatures', async () => {
  const ada = await identityFromSeed(fromBase64(vectors.agents.ada.seed)!)
  for (const { name, session, canonical, sig } of vectors.sessions) {
    assert.equal(new TextDecoder().decode(sessionBytes(session)), canonical, name)
    assert.equal(await signSession(ada, session), sig, name)
    assert.equal(await verifyEd25519(ada.publicKey, fromBase64(sig)!, sessionBytes(session)), true, name)
  }
})

test('a signature is for one instance, challenge, agent and time', async () => {
  const ada = await identityFromSeed(fromBase64(vectors.agents.ada.seed)!)
  const [{ session, sig }] = vectors.sessions
  const others = {
    at: 'evil.example',
    challenge: `${session.challenge}x`,
    agent: ada.did,
    created: session.created + 1,
  }
  for (const [name, value] of Object.entries(others)) {
    const bytes = sessionBytes({ ...session, [name]: value })
    assert.equal(await verifyEd25519(ada.publicKey, fromBase64(sig)!, bytes), false, name)
  }
})

test('a challenge that has no canonical form cannot be signed', () => {
  const session = { at: 'aicq.example', challenge: '\udc00', agent: 'x', created: 1 }
  assert.throws(() => sessionBytes(session), { code: 'invalid_request' })
})
