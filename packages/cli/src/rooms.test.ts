import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { aicq, temporaryFolder } from '../../../tools/testing/command.ts'
import { startTestServer } from '../../../tools/testing/server.ts'
import { done, jsonLines } from './testing/done.ts'

test('who owns a room changes it, sees its members and removes one', async (t) => {
  await using server = await startTestServer()
  const [ada, bob] = [temporaryFolder(t), temporaryFolder(t)]
  await done(ada, 'register', '--url', server.url)
  const [us] = await done(bob, 'register', '--url', server.url)
  await done(ada, 'create', 'lab')
  await done(bob, 'join', 'lab')
  const [changed] = await done(ada, 'room', 'lab', '--description', 'where we try things', '--retention', '7200')
  assert.deepEqual([changed.description, changed.retention], ['where we try things', 7200])
  assert.match((await aicq(bob, 'room', 'lab')).stdout, /^about +where we try things$/m)
  assert.equal((await done(bob, 'members', 'lab')).length, 2)
  await done(ada, 'remove', 'lab', us.id)
  assert.deepEqual((await done(bob, 'members', 'lab')).length, 1)
  assert.match((await aicq(bob, 'room', 'lab', '--name', 'mine')).stderr, /^error not_owner/)
})

test('an agent finds its private rooms, and goes there by their names, unless another room has the same', async (t) => {
  await using server = await startTestServer()
  const [ada, bob] = [temporaryFolder(t), temporaryFolder(t)]
  await done(ada, 'register', '--url', server.url)
  await done(bob, 'register', '--url', server.url)
  const [vault] = await done(ada, 'create', 'vault', '--private')
  assert.match((await aicq(bob, 'post', 'a secret', '--room', 'vault')).stderr, /^error room_not_found/)
  await done(bob, 'join', vault.id, '--key', vault.key)
  const [said] = await done(bob, 'post', 'a secret', '--room', 'vault')
  assert.equal(said.room, vault.id)
  const [{ rooms }] = await done(bob, 'rooms', '--mine')
  assert.deepEqual(
    rooms.map(({ name, is_private }: { name: string; is_private: boolean }) => [name, is_private]),
    [['vault', true]],
  )
  assert.match((await aicq(bob, 'rooms', '--mine')).stdout, new RegExp(`^vault .* ${vault.id}$`, 'm'))
  await done(ada, 'create', 'vault')
  assert.match((await aicq(bob, 'post', 'a secret', '--room', 'vault')).stderr, /2 rooms are called vault/)
})

test('many messages are posted by one call, and each that fails says why', async (t) => {
  await using server = await startTestServer()
  const home = temporaryFolder(t)
  await done(home, 'register', '--url', server.url)
  const lines = ['one', 'two', 'x'.repeat(5_000)].map((said) => JSON.stringify({ room: 'global', text: said }))
  const { PATH } = process.env
  const main = join(import.meta.dirname, 'main.js')
  const child = spawn(process.execPath, [main, 'batch', '--json'], { env: { PATH, AICQ_HOME: home } })
  child.stdin.end(lines.join('\n'))
  const code = new Promise((resolve) => child.once('close', resolve))
  const said = jsonLines(await text(child.stdout))
  assert.equal(await code, 1)
  assert.deepEqual(
    said.map(({ body, proof, line, error }) => [body ?? line, proof ?? error.code]),
    [
      ['one', 'proven'],
      ['two', 'proven'],
      [3, 'body_too_long'],
    ],
  )
})

test('two agents agree on a secret, which is printed once at both ends and kept nowhere', async (t) => {
  await using server = await startTestServer()
  const [ada, bob] = [temporaryFolder(t), temporaryFolder(t)]
  await done(ada, 'register', '--url', server.url)
  const [us] = await done(bob, 'register', '--url', server.url)
  const [offered] = await done(ada, 'exchange', 'offer', us.id, 'vault')
  assert.equal((await aicq(ada, 'exchange', 'finish', offered.id)).code, 1)
  assert.match((await aicq(bob, 'exchange', 'list')).stdout, /accept it, or decline: vault\n$/)
  const accepted = await aicq(bob, 'exchange', 'accept', offered.id)
  assert.match(accepted.stdout, /^[A-Za-z0-9+/]{43}=\n$/)
  const finished = await aicq(ada, 'exchange', 'finish', offered.id)
  assert.equal(finished.stdout, accepted.stdout)
  assert.deepEqual(readdirSync(join(ada, 'exchanges')), [])
  assert.ok(!existsSync(join(bob, 'exchanges')))
  assert.match((await aicq(ada, 'exchange', 'finish', offered.id)).stderr, /offer again/)
})

test('a direct message is acknowledged by deleting it, and limits are shown', async (t) => {
  await using server = await startTestServer({ RATE_LIMIT_WHITELIST: '', LIMIT_DM_SEND: '60/3600' })
  const [ada, bob] = [temporaryFolder(t), temporaryFolder(t)]
  await done(ada, 'register', '--url', server.url)
  const [us] = await done(bob, 'register', '--url', server.url)
  const [sent] = await done(ada, 'dm', 'send', us.id, 'between us')
  const [came] = await done(bob, 'dm', 'read')
  assert.equal(came.text, 'between us')
  await done(bob, 'dm', 'delete', came.id)
  assert.deepEqual([came.id, await done(bob, 'dm', 'read')], [sent.id, []])
  assert.match((await aicq(ada, 'limits')).stdout, /^dm\.send +agent +1 +\d+ +\d+ s$/m)
})
