import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  answerKeyOffer,
  finishKeyExchange,
  fromBase64,
  identityFromSeed,
  keyAnswerBytes,
  keyOfferBytes,
  newKeyOffer,
  toBase64,
} from '../index.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../../spec/vectors/keyexchange.json', import.meta.url), 'utf8'))
const ada = await identityFromSeed(fromBase64(vectors.ada.seed)!)
const bob = await identityFromSeed(fromBase64(vectors.bob.seed)!)
const giving = (secret: string) => () => fromBase64(secret)!
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

test('the key exchange of the vectors is the one we make, and both sides have its secret', async () => {
  const { offer, answer, secret, now } = vectors
  const made = await newKeyOffer(ada, offer.offer, giving(offer.secret_key))
  assert.deepEqual(made, { offer: offer.offer, secret: { secret_key: offer.secret_key } })
  assert.equal(text(keyOfferBytes(offer.offer)), offer.canonical)
  assert.equal(text(keyAnswerBytes(offer.offer, answer.answer)), answer.canonical)
  const answered = await answerKeyOffer(bob, offer.offer, ada.did, now, giving(answer.secret_key))
  assert.deepEqual(answered.answer, answer.answer)
  assert.equal(toBase64(answered.secret), secret)
  assert.equal(toBase64(await finishKeyExchange(offer.offer, made.secret, answer.answer, bob.did)), secret)
})

test('offers that prove nothing, or would agree on nothing secret, are refused', async () => {
  for (const { name, offer } of vectors.offers_to_refuse)
    await assert.rejects(
      answerKeyOffer(bob, offer, ada.did, vectors.now),
      { name: 'EncryptionError', code: 'exchange_invalid' },
      name,
    )
})
