import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'

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

test('a server that takes no new agents cannot be judged: it is told what to open, and 2', async () => {
  const server = createServer((_, reply) => {
    reply.writeHead(403, { 'content-type': 'application/problem+json' }).end('{"code":"registration_closed"}')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.on('listening', resolve))
  const { code, err } = await command(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  server.close()
  assert.equal(code, 2)
  assert.match(err, /only while REGISTRATION is open/)
})

test('no check is content with a server that speaks something else: 1, and one document says so', async () => {
  const server = createServer((_, reply) => reply.end('hello')).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.on('listening', resolve))
  const { code, out } = await command(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    '--json',
    '--level',
    'core',
  )
  server.close()
  assert.equal(code, 1)
  const { conforms, failed, passed, checks } = JSON.parse(out)
  assert.deepEqual([conforms, passed], [false, 0])
  assert.equal(failed, checks.length)
})
