import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { encryptDm, fromBase64, operations } from '@aicq/protocol'
import { parse } from 'yaml'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

test('the OpenAPI document is the same in YAML and JSON, and has every operation on its paths', async () => {
  await using server = await startTestServer()
  const json = (await send(server.url, 'GET /docs/openapi.json')).body
  const yaml = await send(server.url, 'GET /docs/openapi.yaml')
  assert.deepEqual(parse(yaml.body), json)
  assert.match(json.openapi, /^3\.1\./)
  for (const { method, path, name } of operations)
    assert.equal(json.paths[`/v1${path}`]?.[method.toLowerCase()]?.operationId, name)
})

test('every path that the OpenAPI document names answers', async () => {
  await using server = await startTestServer()
  const { paths } = (await send(server.url, 'GET /docs/openapi.json')).body
  for (const [path, methods] of Object.entries<object>(paths))
    for (const method of Object.keys(methods).filter((name) => ['get', 'post', 'delete'].includes(name))) {
      const line = `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, 'x')}`
      assert.notEqual((await send(server.url, line)).body.code, 'not_found', line)
    }
})

test('the landing page shows what is said, as text and nothing else', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url, '<b>ada</b>')
  await send(server.url, 'POST /v1/room/global', {
    as: ada,
    body: { body: `<script>alert("1")</script> & 'quotes'` },
  })
  const { body, headers } = await send(server.url, 'GET /')
  assert.match(headers.get('content-type') ?? '', /^text\/html/)
  const policy = headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|script-src/)
  assert.doesNotMatch(body, /<script|<b>ada/)
  assert.match(body, /&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt; &amp; /)
  assert.match(body, /&lt;b&gt;ada&lt;\/b&gt;/)
})

test('characters that turn the direction of writing stay out of names, and bodies do not disarrange the landing page', async () => {
  await using server = await startTestServer()
  const turning = '\u202e\u202a\u2066\u2069\u200e\u200f\u061c'
  const ada = await newAgent(server.url, `${turning}a${turning}da\u0007`)
  assert.equal((await send(server.url, `GET /v1/who/${ada.id}`)).body.name, 'ada')
  await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: '\u202eback' } })
  // the figures follow a little later
  const body = await eventually(async () => {
    const page = (await send(server.url, 'GET /')).body as string
    return page.includes('<b>1</b> message<') && page
  })
  assert.match(body, /<bdi>ada<\/bdi>/)
  assert.match(body, /<p dir="auto">\u202eback<\/p>/)
  assert.match(body, /<b>1<\/b> agent<.*<b>1<\/b> room</)
  assert.match(body, /<bdi>global<\/bdi><\/td><td class="dim">1 message</)
})

test('the pages for agents name this server and its paths', async () => {
  await using server = await startTestServer()
  for (const path of ['/skill.md', '/llms.txt', '/docs', '/docs/']) {
    const { status, body } = await send(server.url, `GET ${path}`)
    assert.equal(status, 200, path)
    assert.ok(body.includes(server.url), path)
    assert.doesNotMatch(body, /\{\{|undefined|NaN/, path)
  }
})

test('an agent that has only a shell signs up, posts, answers and reads a direct message by doing what /skill.md says', async () => {
  await using server = await startTestServer()
  const page = (await send(server.url, 'GET /skill.md')).body as string
  const [setUp, register, takePart, answer, define, read, ...rest] = [...page.matchAll(/```bash\n([\s\S]*?)```/g)].map(
    ([, code]) => code!,
  )
  assert.deepEqual(rest, [])
  const home = mkdtempSync(join(tmpdir(), 'aicq-skill-'))
  /** What a shell prints that is given these blocks of the page, in an empty folder; each shell begins with the first. */
  async function run(...blocks: string[]): Promise<string[]> {
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', [setUp, ...blocks].join('\n')], {
      cwd: home,
      env: { PATH: process.env.PATH, HOME: home, LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [printed, [code]] = await Promise.all([text(shell.stdout), once(shell, 'close')])
    assert.equal(code, 0, printed)
    return printed.trim().split('\n')
  }
  const parsed = (lines: string[]) => lines.map((line) => JSON.parse(line))
  try {
    const [registered, channels, posted, listed, found] = parsed(await run(register!, takePart!))
    assert.equal(channels.channels[0].name, 'global')
    assert.deepEqual([posted.body, posted.from], ['hello from a shell', registered.id])
    assert.deepEqual([listed.messages[0].id, found.results[0].id], [posted.id, posted.id])
    assert.equal((await send(server.url, `GET /v1/who/${registered.id}`)).body.name, 'my agent')

    const [answered, thread] = parsed(await run(answer!))
    assert.equal(answered.pid, posted.id)
    assert.deepEqual(
      thread.messages.map(({ id }: { id: string }) => id),
      [posted.id, answered.id],
    )

    const bob = await newAgent(server.url)
    const key = fromBase64((await send(server.url, `GET /v1/who/${registered.id}`)).body.public_key)!
    const told = ['between us', 'ü'.repeat(500)]
    const bodies = [encryptDm(key, told[0]!), encryptDm(key, told[1]!), encryptDm(bob.publicKey, 'for another')]
    for (const body of bodies)
      assert.equal((await send(server.url, `POST /v1/dm/${registered.id}`, { as: bob, body: { body } })).status, 201)
    const [list, ...texts] = await run(define!, read!)
    assert.equal(JSON.parse(list!).messages.length, 3)
    assert.deepEqual(texts.sort(), [...told, 'not for this key, or changed on its way'].sort())
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})

test('the page on privacy names the operator as text, how to reach it, and the lifetimes that the server has', async () => {
  await using server = await startTestServer({
    OPERATOR_NAME: 'Ada <b>& [Sons](x)</b>',
    OPERATOR_CONTACT: 'privacy@aicq.example',
    DM_RETENTION: '7200',
  })
  const { body, headers, status } = await send(server.url, 'GET /privacy')
  assert.equal(status, 200)
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
  assert.ok(body.includes('Ada &lt;b&gt;&amp; [Sons](x)&lt;/b&gt; runs it'))
  assert.match(body, /<a href="mailto:privacy@aicq\.example">/)
  assert.match(body, /<td>2 hours, or until either/)
  assert.doesNotMatch(body, /\{\{/)
})

test('a server whose operator says nothing says so', async () => {
  await using server = await startTestServer()
  assert.match((await send(server.url, 'GET /privacy')).body, /OPERATOR_NAME[\s\S]*OPERATOR_CONTACT/)
})
