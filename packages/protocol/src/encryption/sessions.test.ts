import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  acceptSession,
  checkPrekey,
  decryptInSession,
  dmVersionOf,
  encryptInSession,
  fromBase64,
  identityFromSeed,
  isCiphertextBody,
  newPrekey,
  plainText,
  prekeyBytes,
  type Session,
  startSession,
  toBase64,
} from '../index.ts'
import { initiate } from './x3dh.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../../spec/vectors/sessions.json', import.meta.url), 'utf8'))
const bytes = (base64: string) => fromBase64(base64)!
const end = async (name: 'ada' | 'bob') => {
  const { seed, installation, agent_id, public_key } = vectors[name]
  const us = { identity: await identityFromSeed(bytes(seed)), installation }
  return { us, party: { agent: agent_id, installation, publicKey: bytes(public_key) } }
}
const ada = await end('ada')
const bob = await end('bob')
const { now, prekeys } = vectors
const signed = prekeys.signed.prekey
const kept = (id: string) => {
  const found = Object.values<typeof prekeys.signed>(prekeys).find(({ prekey }) => prekey.id === id)
  return found && { id, purpose: found.prekey.purpose, secret_key: found.secret_key }
}
/** Gives these secrets in turn, and no others. */
const secrets = (...list: (string | undefined)[]) => {
  return () => {
    const secret = list.shift()
    assert.ok(secret, 'a new secret was not expected')
    return bytes(secret)
  }
}

test('the prekeys of the vectors are the ones we make, and are accepted until they expire', async () => {
  for (const { secret_key, canonical, prekey } of Object.values<typeof prekeys.signed>(prekeys)) {
    assert.equal(new TextDecoder().decode(prekeyBytes(prekey)), canonical)
    const made = await newPrekey(bob.us.identity, prekey, () => bytes(secret_key))
    assert.deepEqual(made, { prekey, secret: { id: prekey.id, purpose: prekey.purpose, secret_key } })
    assert.deepEqual(
      await checkPrekey(prekey, bob.party, [prekey.purpose], prekey.expires - 1),
      bytes(prekey.public_key),
    )
  }
})

test('prekeys that could be of somebody else, or could agree on nothing, are refused with the reason', async () => {
  for (const { name, as, prekey, expect } of vectors.prekeys_to_refuse) {
    const bundle = as === 'signed' ? { signed: prekey } : { signed, one_time: prekey }
    await assert.rejects(startSession(ada.us, bob.party, bundle, now), { name: 'EncryptionError', code: expect }, name)
  }
})

for (const vector of vectors.sessions)
  test(`the session "${vector.name}" of the vectors is the one we hold, to the byte`, async () => {
    const bundle = { signed, ...(vector.one_time ? { one_time: prekeys[vector.one_time].prekey } : {}) }
    const agreed = await initiate(ada.us, bob.party, bundle, now, secrets(vector.ephemeral_secret))
    assert.equal(toBase64(agreed.secret), vector.secret)
    assert.equal(toBase64(agreed.associated), vector.associated)
    assert.equal(agreed.firstMessageId, vector.first_message_id)

    const newSecret = secrets(vector.ephemeral_secret, vector.ratchet_secret)
    const sessions: Record<string, Session | undefined> = {
      ada: await startSession(ada.us, bob.party, bundle, now, newSecret),
    }
    const sent = vector.steps.filter((step: { send?: string }) => step.send)
    for (const step of vector.steps) {
      if (step.send) {
        const { session, body } = encryptInSession(sessions[step.send]!, step.text)
        assert.equal(body, step.body)
        assert.ok(isCiphertextBody(body))
        assert.equal(dmVersionOf(body), 'aicq-dm-v2')
        sessions[step.send] = session
        continue
      }
      const { body, text } = sent[step.message]
      const before = sessions[step.receive]
      const read = async () =>
        before
          ? decryptInSession(before, body, secrets(step.new_secret))
          : acceptSession(bob.us, ada.party, kept, body, secrets(step.new_secret))
      if (step.expect) {
        await assert.rejects(async () => decryptInSession(before!, body), { code: step.expect })
        continue
      }
      const { session, ...rest } = await read()
      assert.equal(plainText(rest.bytes), text)
      if (!before) {
        assert.equal(session.id, vector.session)
        const { firstMessageId, spent, replayable } = rest as Awaited<ReturnType<typeof acceptSession>>
        assert.equal(firstMessageId, vector.first_message_id)
        assert.equal(spent, vector.one_time === 'one-time' ? prekeys['one-time'].prekey.id : undefined)
        assert.equal(replayable, vector.one_time !== 'one-time')
      }
      sessions[step.receive] = JSON.parse(JSON.stringify(session))
    }
    assert.equal(sessions.ada!.opening, undefined)
    assert.deepEqual(sessions.ada!.ratchet.skipped.length, 0)
  })

test('1,000 messages may be missing, and not one more', async () => {
  const { 0: first, 1001: far, 1002: tooFar } = vectors.far
  const { session } = await acceptSession(bob.us, ada.party, kept, first)
  assert.throws(() => decryptInSession(session, tooFar), { code: 'too_many_skipped' })
  assert.equal(decryptInSession(session, far).session.ratchet.skipped.length, 1_000)
})

test('a first message that cannot be read is refused with the reason', async () => {
  for (const { name, body, expect } of vectors.bodies_to_refuse)
    await assert.rejects(acceptSession(bob.us, ada.party, kept, body), { name: 'EncryptionError', code: expect }, name)
})
