import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  fromBase64,
  identityFromSeed,
  isMessageId,
  isUuid,
  messageIdTime,
  messageIdToUuid,
  newMessageId,
  newRoomId,
  publicKeyOfDidKey,
  readPublicKey,
  uuidToMessageId,
} from './index.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../spec/vectors/ids.json', import.meta.url), 'utf8'))

test('message ids are their 16 bytes, both ways, and begin with their time', () => {
  for (const { id, uuid, time } of vectors.message_ids) {
    assert.ok(isMessageId(id), id)
    assert.equal(messageIdToUuid(id), uuid)
    assert.equal(uuidToMessageId(uuid), id)
    assert.equal(messageIdTime(id), time)
  }
})

test('what only looks like a message id is none', () => {
  for (const text of vectors.not_message_ids) assert.equal(isMessageId(text), false, text)
})

test('a new id has the time it was given, and no two are alike', () => {
  const made = Array.from({ length: 1_000 }, () => newMessageId(1_790_000_000_123))
  for (const id of made) assert.ok(isMessageId(id) && messageIdTime(id) === 1_790_000_000_123, id)
  assert.equal(new Set(made).size, 1_000)
  const room = newRoomId(1_790_000_000_123)
  assert.ok(isUuid(room))
  assert.equal(Number.parseInt(room.replace('-', '').slice(0, 12), 16), 1_790_000_000_123)
  assert.match(room, /^.{14}7.{4}[89ab]/)
})

test('a key is an agent: the same id and did:key everywhere', async () => {
  for (const { seed, public_key, did_key, agent_id } of vectors.agents) {
    const identity = await identityFromSeed(fromBase64(seed)!)
    assert.deepEqual(identity.publicKey, fromBase64(public_key))
    assert.deepEqual(readPublicKey(public_key), identity.publicKey)
    assert.equal(identity.did, did_key)
    assert.equal(identity.id, agent_id)
    assert.deepEqual(publicKeyOfDidKey(did_key), identity.publicKey)
  }
})

test('other kinds of key and other DIDs are no did:key of ours', () => {
  for (const text of vectors.not_did_keys) assert.equal(publicKeyOfDidKey(text), undefined, text)
})

test('keys for which anybody could sign, and second spellings of a key, are refused', () => {
  for (const [what, key] of Object.entries<string>(vectors.keys_to_refuse))
    assert.throws(() => readPublicKey(key), { code: 'invalid_public_key' }, what)
})
