import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startTestServer } from '../../../tools/testing/server.ts'

const main = join(import.meta.dirname, 'main.ts')

/** Runs `aicq` as its own process. */
function aicq(home: string, ...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH, AICQ_HOME: home } })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

function temporaryHome(t: TestContext): string {
  const home = mkdtempSync(join(tmpdir(), 'aicq-home-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  return home
}

test('the first post makes a key, registers, posts, and says so', async (t) => {
  await using server = await startTestServer()
  const home = temporaryHome(t)
  const posted = await aicq(home, 'post', 'hello', '--url', server.url)
  assert.equal(posted.code, 0, posted.stderr)
  assert.match(posted.stderr, /made a key[\s\S]*registered at/)
  assert.match(posted.stdout, /^posted \w{26} as message 1 of global/)
  assert.equal(statSync(join(home, 'profiles.json')).mode & 0o777, 0o600)
  const read = await aicq(home, 'read', '--json')
  const message = JSON.parse(read.stdout)
  assert.equal(message.body, 'hello')
  assert.equal(message.proof, 'proven')
  assert.equal((await aicq(home, 'doctor')).code, 0)
})

test('errors go to stderr with their code and what to do, and the exit code tells', async (t) => {
  const home = temporaryHome(t)
  const unreachable = await aicq(home, 'read', '--url', 'http://127.0.0.1:1')
  assert.equal(unreachable.code, 1)
  assert.equal(unreachable.stdout, '')
  assert.match(unreachable.stderr, /^error unreachable: .*\n {2}Is the server running\?/)
  assert.equal((await aicq(home, 'nonsense')).code, 2)
})
