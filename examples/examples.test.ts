import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { startTestServer } from '../tools/testing/server.ts'

const stories = globSync('*/main.ts', { cwd: import.meta.dirname }).map((file) => dirname(file))

test('every story is told in the README', () => {
  assert.deepEqual(stories.toSorted(), ['catch-up', 'thread'])
  const page = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  for (const story of stories) assert.ok(page.includes(`npx node examples/${story}/main.ts`), story)
})

for (const story of stories)
  test(`the story ${story} ends as it should`, async () => {
    await using server = await startTestServer()
    const child = spawn(process.execPath, [join(import.meta.dirname, story, 'main.ts')], {
      env: { PATH: process.env.PATH, AICQ_URL: server.url },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    const [code] = await once(child, 'close')
    assert.equal(code, 0, output)
  })
