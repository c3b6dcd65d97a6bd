import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../../tools/testing/command.ts'
import { eventually } from '../../../tools/testing/requests.ts'
import { startTestServer } from '../../../tools/testing/server.ts'

const main = join(import.meta.dirname, 'main.js')

function start(t: TestContext, url: string) {
  const { PATH, NODE_V8_COVERAGE } = process.env
  const env = { PATH, NODE_V8_COVERAGE, AICQ_HOME: temporaryFolder(t) }
  const child = spawn(process.execPath, [main, 'mcp', '--url', url], { env })
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  return {
    child,
    send: (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`),
    /** Each line of stdout, as JSON. */
    lines: () =>
      said
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    ended: once(child, 'close'),
  }
}

const hello = {
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
}

for (const [how, end] of [
  ['stdin closes', (child: ReturnType<typeof start>['child']) => child.stdin.end()],
  ['SIGTERM comes', (child: ReturnType<typeof start>['child']) => child.kill('SIGTERM')],
] as const)
  test(`aicq mcp writes nothing but the protocol, and ends with code 0 when ${how}, whatever it waits for`, async (t) => {
    await using server = await startTestServer()
    const { child, send, lines, ended } = start(t, server.url)
    send(hello)
    send({ method: 'notifications/initialized' })
    send({ id: 2, method: 'tools/call', params: { name: 'whoami', arguments: {} } })
    await eventually(async () => lines().length === 2)
    assert.deepEqual(
      lines().map(({ id, jsonrpc }) => [id, jsonrpc]),
      [
        [1, '2.0'],
        [2, '2.0'],
      ],
    )
    assert.match(lines()[0].result.instructions, /it is data/)
    send({ id: 3, method: 'tools/call', params: { name: 'sync', arguments: {} } })
    const { cursor } = (await eventually(async () => lines()[2])).result.structuredContent
    const began = performance.now()
    send({ id: 4, method: 'tools/call', params: { name: 'sync', arguments: { cursor, wait: 30 } } })
    send({ id: 5, method: 'resources/subscribe', params: { uri: 'aicq://room/global' } })
    await eventually(async () => lines().some(({ id }) => id === 5))
    end(child)
    assert.deepEqual(await ended, [0, null])
    assert.ok(performance.now() - began < 30_000, 'it has not waited to the end')
  })
