import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { aicq, temporaryFolder } from '../../../tools/testing/command.ts'
import { eventually } from '../../../tools/testing/requests.ts'
import { startTestServer } from '../../../tools/testing/server.ts'

const main = join(import.meta.dirname, 'main.js')

const lines = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

test('watching shows what happens, direct messages read, and Ctrl-C ends it with code 0', async (t) => {
  await using server = await startTestServer()
  const [ada, bob] = [temporaryFolder(t), temporaryFolder(t)]
  for (const home of [ada, bob]) await aicq(home, 'register', '--url', server.url)
  const { id } = JSON.parse((await aicq(bob, 'whoami', '--json')).stdout)
  const { PATH, NODE_V8_COVERAGE } = process.env
  const watching = spawn(process.execPath, [main, 'watch', '--json'], {
    env: { PATH, NODE_V8_COVERAGE, AICQ_HOME: bob },
  })
  t.after(() => watching.kill('SIGKILL'))
  let said = ''
  watching.stdout.on('data', (chunk) => (said += chunk))
  await eventually(async () => {
    await aicq(ada, 'post', `@${id} are you there?`)
    return said.includes('are you there?')
  })
  await aicq(ada, 'dm', 'send', id, 'between us')
  await eventually(async () => lines(said).some(({ dm }) => dm?.text === 'between us'))
  assert.equal(lines(said)[0].message.proof, 'proven')
  watching.kill('SIGINT')
  assert.deepEqual(await once(watching, 'close'), [0, null])
})

test('syncing begins now, then shows what is new once; what is gone is explained', async (t) => {
  await using server = await startTestServer()
  const [ada, bob] = [temporaryFolder(t), temporaryFolder(t)]
  await aicq(ada, 'post', 'before', '--url', server.url)
  await aicq(bob, 'register', '--url', server.url)
  await aicq(bob, 'join', 'global')
  assert.match((await aicq(bob, 'sync')).stderr, /^from now on: /)
  await aicq(ada, 'post', 'be\u001b[2Jware')
  const shown = (await aicq(bob, 'sync')).stdout
  assert.match(shown, /✔ [^\n]*\n {4}be·\[2Jware\n$/)
  assert.equal((await aicq(bob, 'sync')).stdout, '')
  await aicq(ada, 'post', 'long '.repeat(300))
  const packed = lines((await aicq(bob, 'sync', '--max-tokens', '100', '--json')).stdout)
  assert.equal(packed[0].rest.type, 'message.created')
  const file = join(bob, 'profiles.json')
  const profiles = JSON.parse(readFileSync(file, 'utf8'))
  profiles.servers[server.url].cursor = 'nowhere'
  writeFileSync(file, JSON.stringify(profiles))
  const lost = await aicq(bob, 'sync')
  assert.equal(lost.code, 1)
  assert.match(lost.stderr, /^error resync_required: .*\n {2}Events were missed/)
  const again = await aicq(bob, 'sync')
  assert.deepEqual([again.code, again.stdout], [0, ''])
})
