import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { connect, identityFromSeed, newSeed } from '@aicq/client'
import { openIdentity, readIdentity, rotateIdentity, writeIdentity } from '@aicq/client/node'
import { toBase64 } from '@aicq/protocol'
import { aicq, temporaryFolder } from '../../../tools/testing/command.ts'
import { startTestServer } from '../../../tools/testing/server.ts'
import { readProfiles } from './profiles.ts'
import { Session } from './session.ts'

test('an agent made by a program is used by the command line, and the other way round', async (t) => {
  await using server = await startTestServer()
  const { url } = server
  const file = join(temporaryFolder(t), 'agents', 'ada.json')
  const agent = connect(url, await openIdentity(file, url))
  assert.equal(statSync(file).mode & 0o777, 0o600)
  await agent.register({ name: 'ada' })
  await agent.room('global').post('from a program')

  const home = temporaryFolder(t)
  assert.equal((await aicq(home, 'keygen', '--identity', file, '--url', url)).code, 0)
  assert.equal((await aicq(home, 'post', 'from the command line')).code, 0)
  const { messages } = await agent.room('global').read()
  assert.deepEqual(
    messages.map(({ from, proof }) => [from, proof]),
    [
      [agent.identity!.id, 'proven'],
      [agent.identity!.id, 'proven'],
    ],
  )
  assert.equal((await aicq(home, 'keys', 'rotate')).code, 0)
  const again = await openIdentity(file, url)
  assert.deepEqual([again.identity.id, again.former.map(({ did }) => did)], [agent.identity!.id, [agent.identity!.did]])
  assert.equal((await connect(url, again).room('global').post('with the new key')).proof, 'proven')
})

test('of two programs that make an agent in one file at once, both are the one that is in it', async (t) => {
  const file = join(temporaryFolder(t), 'ada.json')
  const made = await Promise.all(Array.from({ length: 4 }, () => openIdentity(file, 'http://127.0.0.1:9')))
  const { id } = readIdentity(file)!
  assert.deepEqual(
    made.map(({ identity }) => identity.id),
    [id, id, id, id],
  )
  assert.deepEqual(readdirSync(dirname(file)), ['ada.json'])
})

test('the command line takes the agent that another program has made in the file meanwhile, and leaves the file as it is', async (t) => {
  const file = join(temporaryFolder(t), 'ada.json')
  const sessions = Array.from({ length: 4 }, () => new Session('http://127.0.0.1:9', { AICQ_HOME: temporaryFolder(t) }))
  const made = await Promise.all(sessions.map((session) => session.makeKey(file)))
  assert.deepEqual(new Set(made.map(({ id }) => id)), new Set([readIdentity(file)!.id]))
  const { ino } = statSync(file)
  await new Session('http://127.0.0.1:9', { AICQ_HOME: temporaryFolder(t) }).makeKey(file)
  assert.equal(statSync(file).ino, ino)
})

test('what other programs keep in an identity stays there, through a change of keys as well', async (t) => {
  await using server = await startTestServer()
  const { url } = server
  const file = join(temporaryFolder(t), 'ada.json')
  await openIdentity(file, url)
  writeFileSync(file, JSON.stringify({ ...readIdentity(file), aicq: 'identity/1', label: 'mine' }))
  const agent = connect(url, await openIdentity(file, url))
  await agent.register()
  const next = await rotateIdentity(file, agent)
  const { label, seed, former } = JSON.parse(readFileSync(file, 'utf8'))
  assert.deepEqual([label, former.length], ['mine', 1])
  assert.equal((await identityFromSeed(Buffer.from(seed, 'base64'))).did, next.identity.did)
  assert.equal((await connect(url, next).me()).key, next.identity.did)
})

test('a change of keys that a crash interrupted is found in the file, whether it happened or not', async (t) => {
  await using server = await startTestServer()
  const { url } = server
  const file = join(temporaryFolder(t), 'ada.json')
  const { identity } = await openIdentity(file, url)
  const agent = connect(url, { identity })
  await agent.register()
  const next = newSeed()
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), next: toBase64(next) }))
  assert.equal((await openIdentity(file, url)).identity.did, identity.did)
  assert.equal(readIdentity(file)!.next, toBase64(next))
  await agent.rotate(await identityFromSeed(next, identity.id))
  const after = await openIdentity(file, url)
  assert.deepEqual([after.identity.id, after.former[0]!.did], [identity.id, identity.did])
  assert.deepEqual([readIdentity(file)!.seed, readIdentity(file)!.next], [toBase64(next), undefined])
})

test('a key to come does not keep an agent from a server that has never heard of it', async (t) => {
  await using server = await startTestServer()
  const file = join(temporaryFolder(t), 'ada.json')
  const { identity } = await openIdentity(file, server.url)
  writeIdentity(file, { ...readIdentity(file)!, next: toBase64(newSeed()) })
  assert.equal((await openIdentity(file, server.url)).identity.did, identity.did)
})

test('keys that another program has put into the file meanwhile stay there, and so does what it keeps of other servers', async (t) => {
  const [one, other] = ['http://127.0.0.1:1', 'http://127.0.0.1:2']
  const home = temporaryFolder(t)
  const session = new Session(one, { AICQ_HOME: home })
  const { id } = await session.makeKey()
  const file = join(home, session.profile!.identity)
  const before = readIdentity(file)!
  const [seed, next] = [toBase64(newSeed()), toBase64(newSeed())]
  writeIdentity(file, { id, seed, former: [before.seed] })
  await new Session(other, { AICQ_HOME: home }).makeKey()
  session.keep({ ...session.profile!, cursor: 'later' })
  assert.deepEqual(readIdentity(file), { id, seed, former: [before.seed] })
  const { servers } = readProfiles(home)
  assert.deepEqual(Object.keys(servers).sort(), [one, other])
  assert.equal(servers[one]!.cursor, 'later')
  writeIdentity(file, { id, seed, next, former: [before.seed] })
  await session.nextKey()
  assert.deepEqual(readIdentity(file), { id, seed, next, former: [before.seed] })
})

test('an identity that is gone is missed at its own server alone', async (t) => {
  const [one, other] = ['http://127.0.0.1:1', 'http://127.0.0.1:2']
  const home = temporaryFolder(t)
  const session = new Session(one, { AICQ_HOME: home })
  await session.makeKey()
  await new Session(other, { AICQ_HOME: home }).makeKey()
  rmSync(join(home, session.profile!.identity))
  assert.throws(() => new Session(one, { AICQ_HOME: home }), /is gone: it has the key of/)
  assert.ok(new Session(other, { AICQ_HOME: home }).profile)
})

test('a file that is damaged, or of a later form, is refused, and its secrets are not shown', (t) => {
  const file = join(temporaryFolder(t), 'ada.json')
  assert.equal(readIdentity(file), undefined)
  const seed = toBase64(newSeed())
  const id = '7cec0105-b02f-8faf-9639-ad98f0703b4e'
  for (const text of [
    `{"aicq":"identity/1","id":"${id}","seed":"${seed}"`,
    `{"aicq":"identity/2","id":"${id}","seed":"${seed}"}`,
    `{"aicq":"identity/1","id":"${id}","seed":"${seed.slice(4)}"}`,
    `{"aicq":"identity/1","id":"${id}","seed":"${seed}","former":["${seed.slice(4)}"]}`,
  ]) {
    writeFileSync(file, text)
    assert.throws(
      () => readIdentity(file),
      (error: Error) =>
        !error.message.includes(seed.slice(4, 20)) && /ada\.json is (damaged|no identity)/.test(error.message),
    )
  }
})

test('a profile of an earlier version, with its key beside it, is still used, and its key moves to a file', async (t) => {
  await using server = await startTestServer()
  const home = temporaryFolder(t)
  const seed = newSeed()
  const { id } = await identityFromSeed(seed)
  const profiles = { current: server.url, servers: { [server.url]: { seed: toBase64(seed), id, registered: false } } }
  writeFileSync(join(home, 'profiles.json'), JSON.stringify(profiles), { mode: 0o600 })
  assert.equal((await aicq(home, 'post', 'hello')).code, 0)
  assert.ok(!readFileSync(join(home, 'profiles.json'), 'utf8').includes(toBase64(seed)))
  assert.equal(readIdentity(join(home, 'identities', `${id}.json`))!.seed, toBase64(seed))
})
