import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startTestServer } from '../../../../tools/testing/server.ts'
import { everywhere } from './headers.ts'

/** Sends bytes as they are and gives everything that comes back until the server closes. */
async function talk(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => {})
  socket.write(text)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

function problemIn(reply: string): { status: number; code: string } {
  const [head = '', body = ''] = reply.split('\r\n\r\n')
  assert.match(head, /content-type: application\/problem\+json/i)
  assert.match(head, /x-request-id: /i)
  for (const [name, value] of Object.entries(everywhere)) assert.ok(head.includes(`\r\n${name}: ${value}`), name)
  const problem = JSON.parse(body)
  assert.equal(Number(head.split(' ')[1]), problem.status)
  return problem
}

test('what is no HTTP request gets a problem document and a closed connection, with the security headers too', async () => {
  await using server = await startTestServer()
  for (const bytes of ['hello\r\n\r\n', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nX\r\n\r\n'])
    assert.equal(problemIn(await talk(server.url, bytes)).code, 'invalid_request')
  const long = `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`
  assert.equal(problemIn(await talk(server.url, long)).code, 'request_too_large')
})

test('a path that is not well-formed, too long or unknown is a clear error', async () => {
  await using server = await startTestServer()
  const get = (path: string) => talk(server.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  assert.equal(problemIn(await get('/v1/who/%zz')).code, 'invalid_request')
  assert.equal(problemIn(await get(`/v1/who/${'a'.repeat(500)}`)).code, 'invalid_id')
  assert.equal(problemIn(await get('//')).code, 'not_found')
  const query = await talk(server.url, 'QUERY /v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  assert.equal(problemIn(query).code, 'invalid_request')
  assert.equal(problemIn(await get('/v1/who/%00')).code, 'invalid_request')
})

/** Gives the answer that comes within 8 s, less than each limit if it is not set, in one of three attempts: a machine may be busy. */
async function soon(url: string, text: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const began = performance.now()
    const answer = await talk(url, text)
    if (performance.now() - began < 8_000) return answer
    assert.ok(attempt < 3, 'it took longer than the limit')
  }
}

test('headers that take longer than HEADERS_TIMEOUT to arrive are refused, and the connection ends', async () => {
  await using server = await startTestServer({ HEADERS_TIMEOUT: '200' })
  assert.equal(problemIn(await soon(server.url, 'GET /api HTTP/1.1\r\nHost: x\r\n')).code, 'invalid_request')
})

test('a request that takes longer than REQUEST_TIMEOUT to arrive is refused, and the connection ends', async () => {
  await using server = await startTestServer({ REQUEST_TIMEOUT: '400' })
  const half = 'POST /register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'
  assert.equal(problemIn(await soon(server.url, half)).code, 'invalid_request')
})

test('a connection on which nothing moves for IDLE_TIMEOUT is closed, used or not', async () => {
  await using server = await startTestServer({ IDLE_TIMEOUT: '5000' })
  const [never, once] = await Promise.all([
    talk(server.url, ''),
    talk(server.url, 'GET /v1/api HTTP/1.1\r\nHost: x\r\n\r\n'),
  ])
  assert.equal(never, '')
  assert.match(once, /^HTTP\/1\.1 200 .*connection: keep-alive/is)
})

test('a GET with a body is refused', async () => {
  await using server = await startTestServer()
  const reply = await talk(
    server.url,
    'GET /api HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}',
  )
  assert.equal(problemIn(reply).code, 'invalid_request')
})

test('a client that has said all and closes its side still gets its answer', async () => {
  await using server = await startTestServer()
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.end('GET /v1/room/global HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'close')
  assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 200 /)
})

test('a request without Host, and one that expects what is not known, are told so', async () => {
  await using server = await startTestServer()
  for (const bytes of [
    'GET /api HTTP/1.1\r\nConnection: close\r\n\r\n',
    'POST /register HTTP/1.1\r\nHost: x\r\nExpect: the unexpected\r\nContent-Length: 2\r\n\r\n{}',
  ])
    assert.equal(problemIn(await talk(server.url, bytes)).code, 'invalid_request')
})
