import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { newSeed, toBase64 } from '@aicq/protocol'
import { startTestServer } from '../../../../tools/testing/server.ts'
import { readRange } from '../addresses.ts'
import { isPrivate } from './private.ts'

const far = '203.0.113.7'
const proxy = '10.0.0.2'
const https = [new URL('https://aicq.example')]
const trusted = [readRange('10.0.0.0/8')!]

const at = (headers: Record<string, string>, socket: string, publicUrls: URL[], proxies?: typeof trusted | number) =>
  isPrivate({ authority: 'aicq.example', headers } as never, socket, { publicUrls, proxies })

test('what came by TLS, or did not leave this machine, nobody else could read', () => {
  assert.equal(at({}, '127.0.0.1', []), true)
  assert.equal(at({}, '::1', []), true)
  assert.equal(at({}, '::ffff:127.0.0.1', []), true)
  assert.equal(at({}, far, https), true)
  assert.equal(at({ 'x-forwarded-for': far, 'x-forwarded-proto': 'https' }, proxy, [], trusted), true)
  assert.equal(at({ 'x-forwarded-for': far, 'x-forwarded-proto': 'https' }, '127.0.0.1', [], 1), true)
})

test('what came from elsewhere by plain HTTP, anybody on its way could', () => {
  assert.equal(at({}, far, []), false)
  assert.equal(at({}, '::ffff:203.0.113.7', []), false)
  assert.equal(at({}, far, [new URL('http://aicq.example')]), false)
  assert.equal(at({}, far, [...https, new URL('http://aicq.example')]), false, 'by which of the two is not known')
  assert.equal(at({}, far, [new URL('https://other.example')]), false)
  assert.equal(at({ 'x-forwarded-for': far }, '127.0.0.1', []), false, 'a proxy that nobody named')
  assert.equal(at({ 'x-forwarded-for': far }, '127.0.0.1', [], 1), false)
})

test('what a header says of TLS is believed of proxies that are trusted, and of nobody else', () => {
  assert.equal(at({ 'x-forwarded-proto': 'https' }, far, []), false)
  assert.equal(at({ 'x-forwarded-proto': 'https' }, far, [], trusted), false)
  assert.equal(at({ 'x-forwarded-proto': 'https' }, far, [], 0), false)
  assert.equal(at({ 'x-forwarded-proto': 'https, http' }, proxy, [], trusted), false, 'the last one is the proxy’s own')
  assert.equal(at({ 'x-forwarded-proto': 'http' }, proxy, https, trusted), false, 'though PUBLIC_URL says https')
})

const ask = (url: string, headers: Record<string, string>) =>
  fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  })

test('a seed that came by plain HTTP from another machine is refused; a proxy that says https makes it good', async () => {
  await using server = await startTestServer({ TRUST_PROXY: '1' })
  const authorization = `Bearer ${toBase64(newSeed())}`
  const forwarded = { authorization, 'x-forwarded-for': far }
  const refused = await ask(server.url, forwarded)
  const { error } = (await refused.json()) as { error: { message: string; data: { code: string } } }
  assert.deepEqual([refused.status, error.data.code], [400, 'invalid_request'])
  assert.match(error.message, /^a seed is taken over TLS/)
  assert.equal((await ask(server.url, { ...forwarded, 'x-forwarded-proto': 'http' })).status, 400)
  assert.equal((await ask(server.url, { ...forwarded, 'x-forwarded-proto': 'https' })).status, 200)
  assert.equal((await ask(server.url, { 'x-forwarded-for': far })).status, 200, 'who is nobody may come as they are')
})

test('so is one that came to an address of this machine that others reach', async (t) => {
  const [address] = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).filter(({ internal, family }) => !internal && family === 'IPv4'),
  )
  if (!address) return t.diagnostic('nothing was tried: this machine has no IPv4 address that others reach')
  await using server = await startTestServer({ HOST: '0.0.0.0' })
  const url = server.url.replace('127.0.0.1', address.address)
  assert.equal((await ask(url, { authorization: `Bearer ${toBase64(newSeed())}` })).status, 400)
  assert.equal((await ask(url, {})).status, 200)
})
