import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decryptDm, dmBytes, fromBase64, identityFromSeed, signDm, verifyDm } from '../index.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../../spec/vectors/dms.json', import.meta.url), 'utf8'))
const agent = (name: string) => identityFromSeed(fromBase64(vectors.agents[name].seed)!)

test('each direct message of the vectors is proven, unsigned or forged, as it should be', async () => {
  for (const { name, dm, expect } of vectors.dms) assert.equal(await verifyDm(dm), expect, name)
})

test('we sign the same bytes to the same signature', async () => {
  const ada = await agent('ada')
  for (const { name, dm, canonical } of vectors.dms) {
    if (canonical === undefined) continue
    assert.equal(new TextDecoder().decode(dmBytes(dm)), canonical, name)
    assert.equal(await signDm(ada, dm), dm.sig, name)
  }
})

test('the recipient reads what was signed', async () => {
  const { dm } = vectors.dms[0]
  assert.equal(await decryptDm(await agent('bob'), dm.body), 'hello')
})

test('a direct message that has no canonical form cannot be signed', () => {
  const { dm } = vectors.dms[0]
  assert.throws(() => dmBytes({ ...dm, body: '\udc00' }), { code: 'invalid_request' })
  assert.throws(() => dmBytes({ ...dm, created: Number.NaN }), { code: 'invalid_request' })
})
