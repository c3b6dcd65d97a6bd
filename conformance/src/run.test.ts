import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startTestServer } from '../../tools/testing/server.ts'

const main = join(import.meta.dirname, 'main.js')

/** Runs the command: its exit code, and what it said. */
const command = (...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) =>
    execFile(process.execPath, [main, ...args], (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    ),
  )

test('wrong usage is answered with what would be right, and 2', async () => {
  for (const args of [
    [],
    ['nothing'],
    ['http://a', 'http://b'],
    ['http://a', '--level', 'x'],
    ['http://a', '--json', '--junit'],
    ['--fast'],
  ]) {
    const { code, out, err } = await command(...args)
    assert.deepEqual([code, out], [2, ''], args.join(' '))
    assert.match(err, /Usage: aicq-conformance <url>/)
  }
})

test('a server that does not answer is said to be one, and 2', async () => {
  const { code, err } = await command('http://127.0.0.1:1')
  assert.equal(code, 2)
  assert.match(err, /no server answers at http:\/\/127\.0\.0\.1:1: /)
})

/** A server that answers everything so, by its address; it ends with the test. */
async function answering(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a server that takes no new agents cannot be judged: it is told what to open, and 2', async (t) => {
  const url = await answering(t, (_, reply) => {
    reply.writeHead(403, { 'content-type': 'application/problem+json' }).end('{"code":"registration_closed"}')
  })
  const { code, err } = await command(url)
  assert.equal(code, 2)
  assert.match(err, /only while REGISTRATION is open/)
})

test('a server that counts what this machine asks is asked once, and told which setting it is, and 2', async (t) => {
  let asked = 0
  const url = await answering(t, (_, reply) => {
    asked++
    reply.writeHead(200, { 'content-type': 'application/json', 'x-ratelimit-limit': '120' }).end('{}')
  })
  const { code, err } = await command(url)
  assert.deepEqual([code, asked], [2, 1])
  assert.match(err, /counts what this machine asks: put its address on RATE_LIMIT_WHITELIST/)
})

test('a server that begins to count is not asked for more, and 2', async (t) => {
  let asked = 0
  const url = await answering(t, (_, reply) => {
    const status = ++asked > 3 ? 429 : 201
    reply
      .writeHead(status, { 'content-type': 'application/problem+json' })
      .end(status === 429 ? '{"code":"rate_limited"}' : '{}')
  })
  const { code, out, err } = await command(url, '--level', 'core')
  assert.deepEqual([code, out], [2, ''])
  assert.match(err, /put its address on RATE_LIMIT_WHITELIST/)
})

test('work that takes too long, or is none, is not done, and 2', async (t) => {
  for (const pow of ['{"challenge":"a","bits":30}', '"garbage"', 'null']) {
    const url = await answering(t, (_, reply) => {
      reply.writeHead(403, { 'content-type': 'application/problem+json' }).end(`{"code":"pow_required","pow":${pow}}`)
    })
    const { code, err } = await command(url)
    assert.equal(code, 2)
    assert.match(err, /cannot be judged: expected a challenge of 14 bits at most/)
  }
})

test('no check is content with a server that speaks something else: 1, and one document says so', async (t) => {
  const url = await answering(t, (_, reply) => reply.end('hello'))
  const { code, out } = await command(url, '--json')
  assert.equal(code, 1)
  const { conforms, failed, passed, checks } = JSON.parse(out)
  assert.deepEqual([conforms, passed], [false, 0])
  assert.equal(failed, checks.length)
})

test('a server that keeps every rule gets 0, and a report of checks that passed', async () => {
  await using server = await startTestServer()
  const { code, out, err } = await command(server.url, '--level', 'core', '--json')
  const { checks } = JSON.parse(out)
  assert.deepEqual([code, err], [0, ''])
  assert.ok(checks.length > 20)
  assert.ok(checks.every(({ outcome }: { outcome: string }) => outcome === 'passed'))
})
