import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Dm, dmVersionOf, readDmV2 } from '@aicq/protocol'
import { temporaryFolder } from '../../../tools/testing/command.ts'
import { startProxy } from '../../../tools/testing/proxy.ts'
import { startTestServer } from '../../../tools/testing/server.ts'
import { done } from './testing/done.ts'

const main = join(import.meta.dirname, 'main.js')

/** Two agents at a server behind a proxy, each with a folder of its own. */
async function startWithTwo(t: TestContext) {
  await using opened = new AsyncDisposableStack()
  const proxy = opened.use(await startProxy())
  const server = opened.use(await startTestServer({ PUBLIC_URL: proxy.url }))
  proxy.target = server.url
  const newcomer = async () => {
    const home = temporaryFolder(t)
    const run = (...args: string[]) => done(home, ...args)
    await run('register', '--url', proxy.url)
    const [{ id }] = await run('whoami')
    return { home, id: String(id), run }
  }
  const [ada, bob] = [await newcomer(), await newcomer()]
  const closing = opened.move()
  return { proxy, ada, bob, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

/** Number of a message in its chain (spec/encryption.md#double-ratchet). */
const numberOf = ({ body }: Dm) => Buffer.from(readDmV2(body).message).readUInt32BE(36)

const texts = (messages: { text?: string; error?: string }[]) => messages.map(({ text, error }) => text ?? error)

test('who has registered is written to in a session, and what was read is there when it is read again', async (t) => {
  await using two = await startWithTwo(t)
  const { ada, bob } = two
  const [sent] = await ada.run('dm', 'send', bob.id, 'hello')
  assert.equal(dmVersionOf(sent.body), 'aicq-dm-v2')
  const [read] = await bob.run('dm', 'read')
  assert.deepEqual([read.text, read.proof], ['hello', 'proven'])
  assert.equal((await bob.run('dm', 'read'))[0].text, 'hello')
  await bob.run('dm', 'send', ada.id, 'hello yourself')
  assert.deepEqual(texts((await ada.run('dm', 'read')).filter(({ sent }) => !sent)), ['hello yourself'])
  const folder = join(bob.home, 'dms', bob.id)
  assert.ok(existsSync(join(folder, 'installation.json')))
  assert.equal(statSync(folder).mode & 0o777, 0o700)
})

test('what came in a session before the key was changed is read after it', async (t) => {
  await using two = await startWithTwo(t)
  const { ada, bob } = two
  await ada.run('dm', 'send', bob.id, 'before')
  await bob.run('keys', 'rotate')
  assert.deepEqual(texts(await bob.run('dm', 'read')), ['before'])
  await ada.run('dm', 'send', bob.id, 'after')
  assert.deepEqual(texts(await bob.run('dm', 'read')), ['before', 'after'])
})

test('a program that is killed when its message is encrypted and not sent uses no message key again', async (t) => {
  await using two = await startWithTwo(t)
  const { proxy, ada, bob } = two
  await ada.run('dm', 'send', bob.id, 'first')
  const env = { PATH: process.env.PATH, AICQ_HOME: ada.home }
  const doomed = spawn(process.execPath, [main, 'dm', 'send', bob.id, 'never sent'], { env, stdio: 'ignore' })
  proxy.fate = (line) => {
    if (!line.startsWith('POST /v1/dm/')) return { kind: 'pass' }
    doomed.kill('SIGKILL')
    return { kind: 'drop' }
  }
  const [, signal] = await once(doomed, 'exit')
  assert.equal(signal, 'SIGKILL')
  proxy.fate = () => ({ kind: 'pass' })
  const [next] = await ada.run('dm', 'send', bob.id, 'other words')
  assert.equal(numberOf(next), 2)
  assert.deepEqual(texts(await bob.run('dm', 'read')), ['first', 'other words'])
})

test('two programs with one profile write and read at the same time, in one installation', async (t) => {
  await using two = await startWithTwo(t)
  const { ada, bob } = two
  await ada.run('dm', 'send', bob.id, 'one')
  const said = ['two', 'three', 'four']
  const all = (await Promise.all(said.map((text) => ada.run('dm', 'send', bob.id, text)))).flat()
  assert.deepEqual(all.map(numberOf).toSorted(), [1, 2, 3])
  const both = await Promise.all([bob.run('dm', 'read'), bob.run('dm', 'read')])
  for (const read of both) assert.deepEqual(texts(read).toSorted(), ['four', 'one', 'three', 'two'])
})
