import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  fromBase64,
  identityFromSeed,
  parseRequestSignature,
  signatureBase,
  signRequest,
  verifyEd25519,
} from '../index.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../../spec/vectors/rfc9421.json', import.meta.url), 'utf8'))
const { ada } = vectors.agents
const utf8 = (text: string) => new TextEncoder().encode(text)

test('the signature bases of the vectors are the ones we build, and their signatures verify', async () => {
  for (const { name, headers, base, method, authority, path, query, expect } of vectors.requests) {
    if (expect !== 'accepted') continue
    const parsed = parseRequestSignature(headers['signature-input'], headers.signature)
    const digest = headers['content-digest']
    const parts = { method, authority, path, query, ...(digest ? { contentDigest: digest } : {}) }
    const built = signatureBase(parsed, parts)
    assert.equal(new TextDecoder().decode(built), base, name)
    assert.equal(await verifyEd25519(fromBase64(ada.public_key)!, parsed.signature, built), true, name)
    assert.ok([ada.agent_id, ada.did_key].includes(parsed.keyid), name)
    assert.equal(parsed.created, 1_790_000_000)
  }
})

test('the requests of the vectors, signed by us, are the same to the byte', async () => {
  const identity = await identityFromSeed(fromBase64(ada.seed)!)
  const ours = ['a read', 'a read with a query', 'a write with a body', 'a body that is not ASCII', 'did:key as keyid']
  for (const name of ours) {
    const one = vectors.requests.find((request: { name: string }) => request.name === name)
    const url = `https://aicq.example${one.path}${one.query === '?' ? '' : one.query}`
    const keyid = name === 'did:key as keyid' ? { keyid: identity.did } : {}
    const options = { now: 1_790_000_000_999, nonce: '0123456789abcdef', ...keyid }
    const signed = await signRequest(identity, { method: one.method, url, body: fromBase64(one.body) }, options)
    const lower = Object.fromEntries(Object.entries(signed).map(([key, value]) => [key.toLowerCase(), value]))
    assert.deepEqual(lower, one.headers, name)
  }
})

test('a signature that is spelled in a way that leaves doubt is refused, whatever it says', () => {
  const { headers } = vectors.requests[0]
  const parse =
    (input: string, signature = headers.signature) =>
    () =>
      parseRequestSignature(input, signature)
  const input = headers['signature-input']
  assert.doesNotThrow(parse(input))
  for (const bad of [
    '',
    '"',
    `${input};`,
    `${input},`,
    input.replace('aicq=', ''),
    input.replace('(', ''),
    `${input}\u00e9`,
  ])
    assert.throws(parse(bad), { code: 'signature_invalid' }, bad)
  for (const bad of ['', 'aicq', 'aicq=:AAAA:', 'aicq=("x")', headers.signature.replaceAll(':', '"')])
    assert.throws(parse(input, bad), { code: 'signature_invalid' }, bad)
})

test('a signature that covers a digest needs one to be there', () => {
  const covered = ['content-digest']
  const parts = { method: 'GET', authority: 'a', path: '/', query: '?' }
  assert.throws(() => signatureBase({ covered, parameters: '()' }, parts), { code: 'digest_mismatch' })
  const base = signatureBase({ covered, parameters: '()' }, { ...parts, contentDigest: 'sha-256=:x:' })
  assert.deepEqual(base, utf8('"content-digest": sha-256=:x:\n"@signature-params": ()'))
})
