import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  closeKeys,
  createKeys,
  declareKeys,
  extendKeyHistory,
  fromBase64,
  type Identity,
  identityFromSeed,
  type KeyOperation,
  keyOperationBytes,
  recoverKey,
  recoveryHashOf,
  recoveryPlace,
  rotateKey,
  takesPlace,
  verifyKeyHistory,
} from '../index.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../../spec/vectors/keys.json', import.meta.url), 'utf8'))
const named = (name: string) => vectors.histories.find((one: { name: string }) => one.name === name)
const someone = (name: string): Promise<Identity> => identityFromSeed(fromBase64(vectors.agents[name].seed)!)

test('each history of the vectors says what it should, or is refused for the right reason', async () => {
  for (const { name, agent, operations, expect, canonical = [], ...says } of vectors.histories) {
    if (expect === 'valid') {
      const { agent: _, key, ...history } = await verifyKeyHistory(agent, operations)
      assert.deepEqual(history, says, name)
      assert.equal(key, says.keys.at(-1).key, name)
      const bytes = operations.map((one: KeyOperation) => new TextDecoder().decode(keyOperationBytes(one)))
      assert.deepEqual(bytes, canonical, name)
      continue
    }
    const code = expect === 'invalid_public_key' ? expect : 'key_history_invalid'
    await assert.rejects(verifyKeyHistory(agent, operations), (error: { code: string; extra: { reason?: string } }) => {
      assert.deepEqual([error.code, error.extra.reason ?? error.code], [code, expect], name)
      return true
    })
  }
})

test('of two histories the one holds that should', async () => {
  for (const { name, agent, known, offered, holds } of vectors.forks) {
    await verifyKeyHistory(agent, known)
    await verifyKeyHistory(agent, offered)
    assert.equal((await takesPlace(known, offered)) ? 'offered' : 'known', holds, name)
  }
})

test('we sign the same operations to the same bytes', async () => {
  const [ada, second, third, safe] = await Promise.all(['ada', 'second', 'third', 'recovery'].map(someone))
  const recovery = recoveryHashOf(safe!.publicKey)
  assert.equal(recovery, vectors.recovery_hashes.recovery)
  const plain = await createKeys(ada!)
  const first = await createKeys(ada!, { recovery })
  const at = async (...operations: KeyOperation[]) => verifyKeyHistory(ada!.id, operations)
  const rotated = await rotateKey(await at(first), ada!, second!)
  const place = await at(first, rotated)
  const promised = vectors.recovery_hashes['recovery 2']
  const plainRotated = await rotateKey(await at(plain), ada!, second!)
  assert.deepEqual(
    [first, rotated, await recoverKey(place, safe!, third!, promised)],
    named('recovered, with a new promise').operations,
  )
  assert.deepEqual(
    [first, rotated, await closeKeys(place, safe!, true)],
    named('closed by the recovery key').operations,
  )
  assert.deepEqual(
    [plain, await declareKeys(await at(plain), ada!, { dm: 'aicq-dm-v2' })],
    named('announced later').operations,
  )
  const after = await at(plain, plainRotated)
  assert.deepEqual(
    [plain, plainRotated, await declareKeys(after, second!, { recovery })],
    named('promised later').operations,
  )
  assert.deepEqual(
    [plain, plainRotated, await closeKeys(after, second!, false)],
    named('closed by the current key').operations,
  )
})

test('a recovery key signs where it was promised last, whatever a thief of the current key made of that', async () => {
  const { agent, known } = vectors.forks.find(({ name }: { name: string }) => name.endsWith('and uses it'))
  const safe = await someone('recovery')
  assert.equal((await recoveryPlace(agent, known, safe.publicKey))?.version, 3)
  const ada = await someone('ada')
  assert.equal((await recoveryPlace(agent, known, safe.publicKey, ada.did))?.version, 1)
  assert.equal(await recoveryPlace(agent, known, (await someone('bob')).publicKey), undefined)
})

test('a history has an end: nobody can make others verify for ever', async () => {
  const ada = await someone('ada')
  const first = await verifyKeyHistory(ada.id, [await createKeys(ada)])
  const last = { ...first, version: 499 }
  const declared = (place: typeof last) => declareKeys(place, ada, { dm: 'aicq-dm-v2' })
  const full = await extendKeyHistory(ada.id, last, await declared(last))
  assert.equal(full.version, 500)
  await assert.rejects(extendKeyHistory(ada.id, full, await declared(full)), {
    code: 'key_history_invalid',
    extra: { reason: 'too_long', version: 501 },
  })
})
