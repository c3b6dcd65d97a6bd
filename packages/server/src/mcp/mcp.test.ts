import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { identityFromSeed, newSeed, rotateKey, toBase64 } from '@aicq/protocol'
import { ask as query } from '../../../../tools/testing/cluster.ts'
import { historyOf, rotate } from '../../../../tools/testing/keys.ts'
import { eventually, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
  readonly json: any
}

/** Sends one request as it is: `fetch` does not let Host be chosen. */
function ask(url: string, body: unknown, headers: Record<string, string> = {}, method = 'POST'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const accept = 'application/json, text/event-stream'
    const sent = request(
      `${url}/mcp`,
      { method, headers: { accept, ...(method === 'POST' ? { 'content-type': 'application/json' } : {}), ...headers } },
      (reply) => {
        let text = ''
        reply.setEncoding('utf8').on('data', (chunk) => (text += chunk))
        reply.on('end', () => {
          const json = /^data: (.*)$/m.exec(text)?.[1] ?? text
          resolve({
            status: reply.statusCode!,
            headers: reply.headers,
            text,
            json: json ? JSON.parse(json) : undefined,
          })
        })
      },
    )
    sent.on('error', reject)
    sent.end(method === 'POST' ? (typeof body === 'string' ? body : JSON.stringify(body)) : undefined)
  })
}

const calling = (name: string, args: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
})
const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
const bearerOf = (seed: Uint8Array) => ({ authorization: `Bearer ${toBase64(seed)}` })
const codeOf = ({ json }: Answer) => json.error.data.code

test('a seed in base64 or base64url is its agent; what is none is refused without being repeated', async () => {
  await using server = await startTestServer()
  const seed = newSeed()
  const { id } = await identityFromSeed(seed)
  for (const encoding of ['base64', 'base64url'] as const) {
    const authorization = `Bearer ${Buffer.from(seed).toString(encoding)}`
    const { json } = await ask(server.url, calling('whoami'), { authorization })
    assert.equal(json.result.structuredContent.agent, id)
  }
  for (const authorization of ['Bearer c2VjcmV0', 'Basic YTpi', `Bearer ${toBase64(new Uint8Array(33))}`, 'Bearer ']) {
    const answer = await ask(server.url, ping, { authorization })
    assert.deepEqual([answer.status, codeOf(answer)], [401, 'signature_invalid'])
    assert.match(String(answer.headers['www-authenticate']), /^Bearer /)
    assert.doesNotMatch(answer.text, /c2VjcmV0|YTpi/)
  }
})

test('an agent whose key was changed names itself; its former key, and the key of another, are refused', async () => {
  await using server = await startTestServer()
  const [first, second] = [newSeed(), newSeed()]
  const { id } = await identityFromSeed(first)
  await ask(server.url, ping, bearerOf(first))
  const [before, next] = [await identityFromSeed(first), await identityFromSeed(second, id)]
  await rotate(server.url, before, await rotateKey(await historyOf(server.url, id), before, next))
  const now = await ask(server.url, calling('post', { body: 'by my new key' }), {
    ...bearerOf(second),
    'x-aicq-agent': id,
  })
  assert.equal(now.json.result.isError, undefined, now.text)
  const read = await ask(server.url, calling('read'))
  const [message] = read.json.result.structuredContent.messages
  assert.deepEqual([message.from, message.proof], [id, 'proven'])
  const former = await ask(server.url, ping, bearerOf(first))
  assert.deepEqual([former.status, codeOf(former)], [401, 'key_revoked'])
  for (const [seed, agent] of [
    [newSeed(), id],
    [second, '7cec0105-b02f-8faf-9639-ad98f0703b4e'],
    [second, 'me'],
  ] as const) {
    const other = await ask(server.url, ping, { ...bearerOf(seed), 'x-aicq-agent': agent })
    assert.deepEqual([other.status, codeOf(other)], [401, 'signature_invalid'])
  }
})

test('where registration is closed, a new seed is refused', async () => {
  await using server = await startTestServer({ REGISTRATION: 'closed' })
  const answer = await ask(server.url, ping, bearerOf(newSeed()))
  assert.deepEqual([answer.status, codeOf(answer)], [403, 'registration_closed'])
})

test('a page of another site, and a name that is not the server’s, are refused', async () => {
  await using server = await startTestServer({ ALLOWED_ORIGINS: 'https://friend.example' })
  for (const headers of [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { host: 'evil.example' },
    { host: 'evil.example', origin: 'http://evil.example' },
  ]) {
    const answer = await ask(server.url, ping, headers as unknown as Record<string, string>)
    assert.deepEqual([answer.status, codeOf(answer)], [403, 'origin_not_allowed'])
  }
  for (const origin of ['https://friend.example', server.url])
    assert.equal((await ask(server.url, ping, { origin })).status, 200)
})

test('what is no message of MCP is refused as its specification says', async () => {
  await using server = await startTestServer()
  const refusals = [
    [await ask(server.url, '{"a":1,"a":2}'), 400, -32700],
    [await ask(server.url, [ping]), 400, -32600],
    [await ask(server.url, ping, { accept: 'text/html' }), 406, -32000],
    [await ask(server.url, ping, { 'content-type': 'text/plain' }), 415, -32000],
    [await ask(server.url, ping, { 'mcp-protocol-version': '1999-01-01' }), 400, -32000],
    [await ask(server.url, undefined, {}, 'GET'), 405, -32000],
    [await ask(server.url, undefined, {}, 'DELETE'), 405, -32000],
  ] as const
  for (const [answer, status, code] of refusals)
    assert.deepEqual([answer.status, answer.json.error.code], [status, code])
  assert.equal(refusals[5][0].headers.allow, 'POST')
  assert.equal((await ask(server.url, `"${'x'.repeat(524_288)}"`)).status, 413)
})

test('limits of operations count here too, and a blocked address is refused as a whole', async () => {
  await using server = await startTestServer({
    RATE_LIMIT_WHITELIST: '192.0.2.1',
    LIMIT_MESSAGE_POST: '3/3600',
    BLOCK_AFTER: '3/3600',
  })
  const seed = newSeed()
  const codes: string[] = []
  for (let posts = 0; posts < 5; posts++) {
    const { json } = await ask(server.url, calling('post', { body: `number ${posts}` }), bearerOf(seed))
    if (json.result.isError) codes.push(JSON.parse(json.result.content[0].text).error.code)
  }
  assert.deepEqual(codes, ['rate_limited', 'rate_limited'])
  await ask(server.url, calling('post', { body: 'once more' }), bearerOf(seed))
  await ask(server.url, calling('post', { body: 'and more' }), bearerOf(seed))
  const blocked = await ask(server.url, ping)
  assert.deepEqual([blocked.status, codeOf(blocked)], [403, 'address_blocked'])
  assert.ok(Number(blocked.headers['retry-after']) > 0)
})

const streamsOf = async (url: string) => /^aicq_streams (\d+)$/m.exec((await send(url, 'GET /metrics')).body)?.[1]

test('a program whose connection is reset while it waits does not leave its waiting behind', async () => {
  await using server = await startTestServer()
  const bearer = bearerOf(newSeed())
  const { cursor } = (await ask(server.url, calling('sync'), bearer)).json.result.structuredContent
  const body = JSON.stringify(calling('sync', { cursor, wait: 30 }))
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  const headers = [
    `host: ${hostname}:${port}`,
    'content-type: application/json',
    'accept: application/json, text/event-stream',
    `authorization: ${bearer.authorization}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  socket.write(`POST /mcp HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`)
  await eventually(async () => (await streamsOf(server.url)) === '1')
  socket.resetAndDestroy()
  await eventually(async () => (await streamsOf(server.url)) === '0', 20_000) // it would end by itself after 30 s
})

test('a program that goes away while it waits does not leave its waiting behind', async () => {
  await using server = await startTestServer()
  const bearer = bearerOf(newSeed())
  const { cursor } = (await ask(server.url, calling('sync'), bearer)).json.result.structuredContent
  const leaving = new AbortController()
  const waiting = fetch(`${server.url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...bearer },
    body: JSON.stringify(calling('sync', { cursor, wait: 30 })),
    signal: leaving.signal,
  })
  await eventually(async () => (await streamsOf(server.url)) === '1')
  leaving.abort()
  await assert.rejects(waiting)
  await eventually(async () => (await streamsOf(server.url)) === '0', 20_000) // it would end by itself after 30 s
})

test('nothing of a seed is in logs, audit, or what is stored', async () => {
  const lines: string[] = []
  await using server = await startTestServer({ LOG_LEVEL: 'trace' }, (line) => lines.push(JSON.stringify(line)))
  const seed = newSeed()
  const words = ['hex', 'base64', 'base64url'].map((encoding) =>
    Buffer.from(seed)
      .toString(encoding as 'hex')
      .slice(0, 40),
  )
  await ask(server.url, calling('post', { body: 'hello' }), bearerOf(seed))
  await ask(server.url, ping, { authorization: `Bearer ${toBase64(seed)}${toBase64(seed)}` })
  await ask(server.url, ping, { ...bearerOf(seed), host: 'evil.example' })
  await ask(server.url, '{', bearerOf(seed))
  await ask(server.url, ping, { ...bearerOf(seed), 'x-aicq-agent': '7cec0105-b02f-8faf-9639-ad98f0703b4e' })
  const [all] = await query(
    server.database.superuser,
    `select schema_to_xml('public', true, false, '')::text as tables`,
  )
  const tables = String(all!.tables)
  assert.ok(lines.length > 0 && tables.length > 1_000)
  for (const word of words) {
    assert.ok(!lines.some((line) => line.includes(word)))
    assert.ok(!tables.includes(word))
  }
})

test('a server that nobody asks for MCP has not loaded its library', async () => {
  const index = join(import.meta.dirname, '../index.ts')
  const script = `
    const { registerHooks } = await import('node:module')
    let loaded = 0
    registerHooks({ load(url, context, next) { if (url.includes('modelcontextprotocol')) loaded++; return next(url, context) } })
    await import(${JSON.stringify(index)})
    console.log(loaded)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
  assert.equal(stdout.trim(), '0')
})
