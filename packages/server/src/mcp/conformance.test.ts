import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startTestServer } from '../../../../tools/testing/server.ts'

const suite = fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js'))

/** Of the published suite, what a server can be asked that has tools of its own and not those of the suite's example. */
const applicable = ['server-initialize', 'ping', 'tools-list', 'resources-list', 'dns-rebinding-protection']

const ownTool = 'calls a tool of the example server that is written for the suite'
const ownResource = 'reads a resource of the example server that is written for the suite'
const noPrompts = 'there are no prompts here'
const asksClient = 'calls a tool of the example server, which asks the client for something'

/** The others, and why not. */
const others: Readonly<Record<string, string>> = {
  'logging-set-level': 'the capability is not declared: nothing is logged to clients',
  'completion-complete': 'the capability is not declared: ids are not completed',
  'tools-call-simple-text': ownTool,
  'tools-call-image': ownTool,
  'tools-call-audio': ownTool,
  'tools-call-embedded-resource': ownTool,
  'tools-call-mixed-content': ownTool,
  'tools-call-with-logging': ownTool,
  'tools-call-error': ownTool,
  'tools-call-with-progress': ownTool,
  'tools-call-sampling': asksClient,
  'tools-call-elicitation': asksClient,
  'json-schema-2020-12': 'looks for a tool of the example server in the list',
  'elicitation-sep1034-defaults': asksClient,
  'elicitation-sep1330-enums': asksClient,
  'server-sse-polling': 'calls a tool of the example server, and wants a session: there are none here',
  'server-sse-multiple-streams': 'wants a session: there are none here',
  'resources-read-text': ownResource,
  'resources-read-binary': ownResource,
  'resources-templates-read': ownResource,
  'resources-subscribe':
    'of the revisions of 2025, which would need a session here: the one of 2026 has streams for it',
  'resources-unsubscribe': 'as resources-subscribe',
  'prompts-list': noPrompts,
  'prompts-get-simple': noPrompts,
  'prompts-get-with-args': noPrompts,
  'prompts-get-embedded-resource': noPrompts,
  'prompts-get-with-image': noPrompts,
}

function run(t: TestContext, ...args: string[]): Promise<{ code: number | null; said: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'aicq-conformance-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [suite, ...args], { cwd: folder, env: { PATH: process.env.PATH } })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
    child.on('close', (code) => resolve({ code, said }))
  })
}

test('every scenario of the suite is either run here, or has a reason why not', async (t) => {
  const { said } = await run(t, 'list', '--server')
  const names = [...said.matchAll(/^ {2}- ([\w-]+)/gm)].map(([, name]) => name!)
  assert.deepEqual(names.toSorted(), [...applicable, ...Object.keys(others)].toSorted())
})

test('the published conformance suite has nothing to object to', async (t) => {
  await using server = await startTestServer()
  for (const scenario of applicable) {
    const { code, said } = await run(t, 'server', '--url', `${server.url}/mcp`, '--scenario', scenario)
    assert.equal(code, 0, `${scenario}: ${said}`)
    assert.match(said, /Passed: ([1-9]\d*)\/\1, 0 failed, 0 warnings/, scenario)
  }
})
