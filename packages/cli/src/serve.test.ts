import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../tools/testing/command.ts'
import { eventually, newAgent, send } from '../../../tools/testing/requests.ts'

const root = join(import.meta.dirname, '../../..')

/** Waits for what a process prints. */
async function printed(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let text = ''
  child.stdout!.on('data', (chunk) => {
    text += chunk
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`ended with ${code}: ${text}`)
  })
  const found = eventually(async () => pattern.exec(text) ?? undefined)
  ended.catch(() => {})
  return Promise.race([found, ended])
}

test('npm start serves with nothing but a folder, says what to try next, and that works; SIGTERM ends it well', async (t) => {
  const home = temporaryFolder(t)
  const data = join(home, 'data')
  const environment = { ...process.env, AICQ_HOME: home, DATA_DIR: data, PORT: '0', ENV: '', DATABASE_URL: '' }
  const server = spawn('npm', ['start'], { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(server, 'close')
  t.after(() => server.kill('SIGTERM') && closed)
  const [, url] = await printed(server, /AICQ is running at (http:\S+)[\s\S]*npx aicq post/)
  const next = spawn('bash', ['-c', `npx aicq post "hello" --url ${url}`], { cwd: root, env: environment })
  const [posted] = await printed(next, /posted (\w{26}) as message 1 of global/)
  assert.ok(posted)
  const page = await send(url!, 'GET /v1/room/global')
  assert.equal(page.body.messages[0].body, 'hello')
  await newAgent(url!)
  server.kill('SIGTERM')
  // its output ends with the last process that holds it: the server, once PostgreSQL has stopped
  await closed
  await assert.rejects(send(url!, 'GET /health/live'))
  assert.ok(!existsSync(join(data, 'postgres', 'postmaster.pid')))
})

test('Ctrl-C in npm run dev reaches the server more than once, and stops it and PostgreSQL well', async (t) => {
  const home = temporaryFolder(t)
  const data = join(home, 'data')
  const environment = { ...process.env, AICQ_HOME: home, DATA_DIR: data, PORT: '0', ENV: '', DATABASE_URL: '' }
  const server = spawn('npm', ['run', 'dev'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, as a terminal makes it
  })
  const closed = once(server, 'close')
  await printed(server, /AICQ is running at (http:\S+)/)
  process.kill(-server.pid!, 'SIGINT')
  await closed
  assert.ok(!existsSync(join(data, 'postgres', 'postmaster.pid')))
})
