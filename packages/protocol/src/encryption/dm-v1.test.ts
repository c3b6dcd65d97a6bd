import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  decryptDm,
  decryptDmBytes,
  encryptDm,
  fromBase64,
  identityFromSeed,
  isCiphertextBody,
  newSeed,
  toBase64,
  x25519PublicKeyOf,
} from '../index.ts'
import { encryptDmWith } from './dm-v1.ts'

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../../spec/vectors/${name}.json`, import.meta.url), 'utf8'))
const vectors = read('v0')
const bytes = (base64: string) => fromBase64(base64)!
const agent = (index: number) => identityFromSeed(bytes(vectors.agents[index].seed))

test('the agents of the vectors have the X25519 keys that others computed', async () => {
  for (const { seed, public_key, x25519_public_key } of vectors.agents) {
    assert.deepEqual(x25519PublicKeyOf(bytes(public_key)), bytes(x25519_public_key))
    const nine = new Uint8Array(32)
    nine[0] = 9 // the base point: agreeing with it gives the public key
    assert.deepEqual(await (await identityFromSeed(bytes(seed))).agree(nine), bytes(x25519_public_key))
  }
})

test('the direct messages of the vectors are read, and are the ones we write', async () => {
  for (const {
    recipient,
    plaintext,
    ephemeral_secret,
    ephemeral_public,
    nonce,
    shared_secret,
    wire,
  } of vectors.direct_messages) {
    const identity = await agent(recipient)
    assert.equal(toBase64(await identity.agree(bytes(ephemeral_public))), shared_secret)
    assert.equal(await decryptDm(identity, wire), plaintext)
    assert.equal(encryptDmWith(bytes(ephemeral_secret), bytes(nonce), identity.publicKey, plaintext), wire)
  }
})

test('what cannot be read is refused with the reason', async () => {
  const reasons: Record<string, string> = {
    'tag bit flipped': 'wrong_key_or_tampered',
    'nonce bit flipped': 'wrong_key_or_tampered',
    'ephemeral key changed': 'wrong_key_or_tampered',
    '59 bytes': 'too_short',
    empty: 'too_short',
    'not base64': 'not_base64',
    'low-order ephemeral key (all zero)': 'low_order_point',
    'plaintext, not ciphertext': 'not_base64',
  }
  for (const { name, recipient, wire } of vectors.direct_messages_to_reject)
    await assert.rejects(
      decryptDm(await agent(recipient), wire),
      { name: 'EncryptionError', code: reasons[name] },
      name,
    )
  assert.equal(vectors.direct_messages_to_reject.length, Object.keys(reasons).length)
  await assert.rejects(decryptDm(await agent(0), 'AAAA'.repeat(2049)), { code: 'too_long' })
  await assert.rejects(decryptDm(await agent(2), vectors.direct_messages[0].wire), { code: 'wrong_key_or_tampered' })
})

test('each body of the vectors is read, or refused with its reason', async () => {
  const { agents, bodies } = read('dms')
  const bob = await identityFromSeed(bytes(agents.bob.seed))
  for (const { name, body, expect, plaintext } of bodies) {
    if (expect === 'read') assert.equal(toBase64(await decryptDmBytes(bob, body)), plaintext, name)
    else await assert.rejects(decryptDm(bob, body), { name: 'EncryptionError', code: expect }, name)
    const cannotBe = ['too_short', 'too_long', 'not_base64'].includes(expect)
    assert.equal(isCiphertextBody(body), !cannotBe, name)
  }
})

test('every byte of a message counts', async () => {
  const { recipient, wire } = vectors.direct_messages[0]
  const identity = await agent(recipient)
  for (let at = 0; at < bytes(wire).length; at++) {
    const changed = bytes(wire)
    changed[at]! ^= 1
    await assert.rejects(decryptDm(identity, toBase64(changed)), { code: 'wrong_key_or_tampered' }, `byte ${at}`)
  }
})

test('what we encrypt, the recipient alone reads, and no two bodies are alike', async () => {
  const [ada, eve] = [await identityFromSeed(newSeed()), await identityFromSeed(newSeed())]
  for (const text of ['', 'hello', '\ufeffé\0💬', 'x'.repeat(6_084)]) {
    const body = encryptDm(ada.publicKey, text)
    assert.ok(isCiphertextBody(body))
    assert.equal(await decryptDm(ada, body), text)
    assert.notEqual(encryptDm(ada.publicKey, text).slice(0, 42), body.slice(0, 42))
    await assert.rejects(decryptDm(eve, body), { code: 'wrong_key_or_tampered' })
  }
  const raw = encryptDm(ada.publicKey, Uint8Array.of(0xff, 0))
  assert.deepEqual(await decryptDmBytes(ada, raw), Uint8Array.of(0xff, 0))
  await assert.rejects(decryptDm(ada, raw), { code: 'not_utf8' })
})

test('what could not be read again is not encrypted', async () => {
  const { publicKey } = await identityFromSeed(newSeed())
  assert.throws(() => encryptDm(publicKey, 'x'.repeat(6_085)), { code: 'too_long' })
  assert.throws(() => encryptDm(publicKey, 'half \ud83d'), { code: 'not_utf8' })
  assert.throws(() => encryptDm(new Uint8Array(32), 'order 4'), { code: 'invalid_public_key' })
})

test('points of small order, however they are spelled, agree with nobody', async () => {
  const identity = await identityFromSeed(newSeed())
  const small = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000080',
  ]
  for (const hex of small)
    await assert.rejects(identity.agree(Uint8Array.from(Buffer.from(hex, 'hex'))), { code: 'low_order_point' }, hex)
  await assert.rejects(identity.agree(new Uint8Array(31)), RangeError)
})
