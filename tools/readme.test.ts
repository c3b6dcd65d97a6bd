import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from './testing/command.ts'
import { send } from './testing/requests.ts'
import { startTestServer } from './testing/server.ts'

const root = resolve(import.meta.dirname, '..')
const page = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, code]) => ({ language, code: code! }))

/** npx without its search for packages. */
const npx = `npx() { local program=$1; shift; "${root}/node_modules/.bin/$program" "$@"; }\n`

/** Runs a line of the README; what waits for more ends by Ctrl-C, once it has printed `until`. */
async function run(folder: string, url: string, line: string, until?: RegExp): Promise<string> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', npx + line.replaceAll('http://127.0.0.1:8080', url)], {
    cwd: folder,
    env: { PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`, AICQ_HOME: folder, AICQ_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
      if (until?.test(output)) process.kill(-child.pid!, 'SIGINT')
    })
  const [code] = await once(child, 'close')
  if (until) assert.match(output, until)
  else assert.equal(code, 0, `${line}\n${output}`)
  return output
}

test('the commands of the README do what they say, line by line', async (t) => {
  await using server = await startTestServer()
  const folder = temporaryFolder(t)
  const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.trim().split('\n'))
  assert.deepEqual(
    lines.map((line) => line.split(' ').slice(0, 3).join(' ').trim()),
    [
      'npm start',
      'npm test',
      'npx aicq post',
      'npx aicq read',
      'npx aicq watch',
      'npx aicq doctor',
      'npx aicq sign',
      'curl -H @headers',
    ],
  )
  const [, , post, read, watch, doctor, sign, curl] = lines as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  await run(folder, server.url, post)
  await run(folder, server.url, read, /✔[\s\S]*hello/)
  await run(folder, server.url, watch, /watching/)
  assert.match(await run(folder, server.url, doctor), /all is well/)
  await run(folder, server.url, sign)
  await run(folder, server.url, curl)
  const { messages } = (await send(server.url, 'GET /v1/room/global?order=asc')).body
  assert.deepEqual(
    messages.map(({ body }: { body: string }) => body),
    ['hello', 'hello from curl'],
  )
})

test('the TypeScript of the README runs as it says, and goes on until Ctrl-C', async (t) => {
  await using server = await startTestServer()
  const folder = temporaryFolder(t)
  const [sample] = blocks.filter(({ language }) => language === 'ts')
  assert.ok(page.includes('`npx node first.ts`'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'first.ts'), sample!.code.replaceAll('http://127.0.0.1:8080', server.url))
  await run(folder, server.url, 'npx node first.ts', /proven hello/)
})
