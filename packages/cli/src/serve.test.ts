import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../../tools/testing/command.ts'
import { killIfThere } from '../../../tools/testing/processes.ts'
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
  const found = eventually(async () => pattern.exec(text) ?? undefined, 240_000)
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

/** Serves by `npm run dev`, which Ctrl-C then reaches as at a terminal: whether PostgreSQL was stopped too. */
async function stopsByCtrlC(t: TestContext): Promise<boolean> {
  const home = temporaryFolder(t)
  const postmaster = join(home, 'data', 'postgres', 'postmaster.pid')
  const environment = {
    ...process.env,
    AICQ_HOME: home,
    DATA_DIR: join(home, 'data'),
    PORT: '0',
    ENV: '',
    DATABASE_URL: '',
  }
  const server = spawn('npm', ['run', 'dev'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, as a terminal makes it
  })
  const closed = once(server, 'close')
  try {
    await printed(server, /AICQ is running at (http:\S+)/)
    process.kill(-server.pid!, 'SIGINT')
    await closed
    return !existsSync(postmaster)
  } finally {
    killIfThere(-server.pid!)
    if (existsSync(postmaster)) killIfThere(Number(readFileSync(postmaster, 'utf8').split('\n')[0]), 'SIGQUIT')
  }
}

test('Ctrl-C in npm run dev reaches the server more than once, and stops it and PostgreSQL well', async (t) => {
  // on a busy machine it may come once more so late that it counts as a second keystroke, which ends the server at once
  for (let tries = 3; !(await stopsByCtrlC(t)); tries--) assert.ok(tries > 1)
})
