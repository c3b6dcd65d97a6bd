import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect, identityFromSeed, newSeed } from '@aicq/client'
import { fromBase64, toBase64 } from '@aicq/protocol'
import { aicq, temporaryFolder } from '../../../tools/testing/command.ts'
import { historyOf } from '../../../tools/testing/keys.ts'
import { startTestServer } from '../../../tools/testing/server.ts'

interface Kept {
  id: string
  seed: string
  next?: string
  former?: string[]
}

function identityOf(home: string, url: string): string {
  const { servers } = JSON.parse(readFileSync(join(home, 'profiles.json'), 'utf8'))
  return join(home, servers[url].identity)
}
const kept = (home: string, url: string): Kept => JSON.parse(readFileSync(identityOf(home, url), 'utf8'))
const keep = (home: string, url: string, identity: Kept) =>
  writeFileSync(identityOf(home, url), JSON.stringify(identity))

async function done(home: string, ...args: string[]) {
  const { code, stdout, stderr } = await aicq(home, ...args, '--json')
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
  return JSON.parse(stdout.split('\n')[0]!)
}

test('a key is changed by one command, and the agent stays who it was', async (t) => {
  await using server = await startTestServer()
  const home = temporaryFolder(t)
  await done(home, 'register', '--url', server.url)
  const before = kept(home, server.url)
  const { key, version } = await done(home, 'keys', 'rotate')
  const { id, seed, next, former } = kept(home, server.url)
  assert.deepEqual([id, next, former, version], [before.id, undefined, [before.seed], 3])
  assert.equal((await identityFromSeed(fromBase64(seed)!)).did, key)
  assert.deepEqual((await done(home, 'whoami')).key, key)
  assert.equal((await done(home, 'post', 'hello')).proof, 'proven')
  assert.match((await aicq(home, 'keys')).stdout, /^1 +did:key:\w+\n3 +did:key:\w+ +current\n +no recovery key/)
})

test('who announces sessions of direct messages is written to in them, and reads them', async (t) => {
  await using server = await startTestServer()
  const [ada, bob] = [temporaryFolder(t), temporaryFolder(t)]
  await done(ada, 'register', '--url', server.url)
  const { id } = await done(bob, 'register', '--url', server.url)
  assert.equal((await done(bob, 'keys', 'announce')).dm, 'aicq-dm-v2')
  const sent = await done(ada, 'dm', 'send', id, 'between us')
  assert.match(sent.body, /^YWljcS1kbS0y/)
  assert.equal((await done(bob, 'dm', 'read')).text, 'between us')
})

test('a change of keys that a crash interrupted is finished, whether the server has taken it or not', async (t) => {
  await using server = await startTestServer()
  const home = temporaryFolder(t)
  const { url } = server
  await done(home, 'register', '--url', url)
  const before = kept(home, url)
  const next = toBase64(newSeed())
  keep(home, url, { ...before, next })
  assert.equal((await done(home, 'post', 'not taken yet')).proof, 'proven')
  assert.deepEqual([kept(home, url).seed, kept(home, url).next], [before.seed, next])

  const old = connect(url, { identity: await identityFromSeed(fromBase64(before.seed)!) })
  await old.rotate(await identityFromSeed(fromBase64(next)!, before.id))
  assert.equal((await done(home, 'post', 'taken')).proof, 'proven')
  assert.deepEqual([kept(home, url).seed, kept(home, url).next], [next, undefined])

  const unsent = toBase64(newSeed())
  keep(home, url, { ...kept(home, url), next: unsent })
  await done(home, 'keys', 'rotate')
  assert.equal(kept(home, url).seed, unsent)
})

test('the recovery key, printed once, takes the agent back on a machine that has nothing', async (t) => {
  await using server = await startTestServer()
  const { url } = server
  const [home, empty] = [temporaryFolder(t), temporaryFolder(t)]
  await done(home, 'register', '--url', url)
  const { id } = kept(home, url)
  const printed = await aicq(home, 'keys', 'recovery')
  assert.match(printed.stdout, /^[A-Za-z0-9+/]{43}=\n$/)
  const recoveryKey = printed.stdout.trim()
  assert.ok(!readFileSync(identityOf(home, url), 'utf8').includes(recoveryKey))

  const wrong = await aicq(empty, 'keys', 'revoke', toBase64(newSeed()), '--agent', id, '--url', url)
  assert.match(wrong.stderr, /key_history_invalid/)
  const revoked = await done(empty, 'keys', 'revoke', recoveryKey, '--agent', id, '--url', url)
  assert.equal((await done(empty, 'whoami')).id, id)
  assert.match((await aicq(home, 'whoami')).stderr, /key_revoked/)
  assert.equal((await historyOf(url, id)).key, revoked.key)
  assert.notEqual(revoked.recovery_key, recoveryKey)

  assert.equal((await aicq(empty, 'keys', 'close')).code, 2)
  assert.match((await aicq(empty, 'keys', 'close', '--yes')).stderr, /recovery key/)
  await done(empty, 'keys', 'close', '--yes', revoked.recovery_key)
  assert.match((await aicq(empty, 'post', 'x')).stderr, /key_revoked/)
  assert.match((await aicq(empty, 'keys', 'show', id)).stdout, /closed/)
})
