import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { aicq, temporaryFolder } from '../../../tools/testing/command.ts'
import { send } from '../../../tools/testing/requests.ts'
import { startTestServer } from '../../../tools/testing/server.ts'
import { commands } from './commands.ts'
import { helpFor } from './help.ts'
import { done } from './testing/done.ts'

test('the first post makes a key, registers, posts, and says so', async (t) => {
  await using server = await startTestServer()
  const home = temporaryFolder(t)
  const posted = await aicq(home, 'post', 'hello', '--url', server.url)
  assert.equal(posted.code, 0, posted.stderr)
  assert.match(posted.stderr, /made a key[\s\S]*registered at/)
  assert.match(posted.stdout, /^posted \w{26} as message 1 of global/)
  const [identity] = readdirSync(join(home, 'identities'))
  for (const file of ['profiles.json', `identities/${identity}`])
    assert.equal(statSync(join(home, file)).mode & 0o777, 0o600)
  const read = await aicq(home, 'read', '--json')
  const message = JSON.parse(read.stdout)
  assert.equal(message.body, 'hello')
  assert.equal(message.proof, 'proven')
  assert.equal((await aicq(home, 'doctor')).code, 0)
})

test('direct messages by the command line: sent, read, and what they hold cannot steer the terminal', async (t) => {
  await using server = await startTestServer()
  const [ada, bob] = [temporaryFolder(t), temporaryFolder(t)]
  await aicq(ada, 'register', '--url', server.url)
  await aicq(bob, 'register', '--url', server.url)
  const idOf = async (home: string) => JSON.parse((await aicq(home, 'whoami', '--json')).stdout).id
  const [adaId, bobId] = [await idOf(ada), await idOf(bob)]
  const sent = await aicq(ada, 'dm', 'send', bobId, 'first')
  assert.match(sent.stdout, /^sent \w{26} to /)
  await aicq(ada, 'dm', 'send', bobId, 'be\u001b[2Jware')
  const read = await aicq(bob, 'dm', 'read', '--peer', adaId, '--limit', '1')
  assert.match(read.stdout, new RegExp(`✔ from ${adaId} \\w{26}\\n {4}be·\\[2Jware\\n$`))
  assert.ok(!read.stdout.includes('first'))
  const [first] = (await aicq(bob, 'dm', 'read', '--json')).stdout.split('\n')
  assert.deepEqual([JSON.parse(first!).text, JSON.parse(first!).proof], ['first', 'proven'])
  assert.match((await aicq(ada, 'dm', 'read')).stdout, /to .*\n {4}for its recipient to read/)
  assert.equal((await aicq(ada, 'dm', 'send', bobId)).code, 2)
})

test('errors go to stderr with their code and what to do, and the exit code tells', async (t) => {
  const home = temporaryFolder(t)
  const unreachable = await aicq(home, 'read', '--url', 'http://127.0.0.1:1')
  assert.equal(unreachable.code, 1)
  assert.equal(unreachable.stdout, '')
  assert.match(unreachable.stderr, /^error unreachable: .*\n {2}Is the server running\?/)
  assert.equal((await aicq(home, 'nonsense')).code, 2)
})

test('a conversation by the command line: rooms, threads, search, taking back', async (t) => {
  await using server = await startTestServer()
  const home = temporaryFolder(t)
  const run = (...args: string[]) => done(home, ...args)
  await run('register', '--name', 'ada', '--url', server.url)
  const [me] = await run('whoami')
  assert.equal(me.name, 'ada')
  assert.deepEqual((await run('who', me.id))[0].key, me.key)
  const [room] = await run('create', 'lab')
  const [root] = await run('post', 'a question', '--room', room.id)
  const [answer] = await run('post', 'an answer', '--room', room.id, '--reply', root.id)
  assert.equal(answer.pid, root.id)
  await run('post', 'beside the point', '--room', room.id)
  const bodies = (lines: { body: string }[]) => lines.map(({ body }) => body)
  assert.deepEqual(bodies(await run('thread', root.id, '--room', room.id)), ['a question', 'an answer'])
  assert.deepEqual(bodies(await run('search', 'question')), ['a question'])
  await run('delete', answer.id, '--room', room.id)
  assert.deepEqual(bodies(await run('read', room.id)), ['a question', 'beside the point'])
  await run('leave', room.id)
  await run('join', room.id)
  assert.equal((await run('health'))[0].status, 'healthy')
})

test('the headers that aicq sign prints make any program the agent', async (t) => {
  await using server = await startTestServer()
  const home = temporaryFolder(t)
  await aicq(home, 'register', '--url', server.url)
  const body = '{"body":"by hand"}'
  for (const [path, ...more] of [['/v1/room/global'], ['/room/global', '--v0']] as const) {
    const { stdout } = await aicq(home, 'sign', 'POST', path, '--body', body, ...more)
    const lines = stdout.trim().split('\n')
    const headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2)))
    assert.equal((await send(server.url, `POST ${path}`, { body, headers })).status, 201)
  }
})

test('doctor says what is wrong: a server that is away, a clock, a key that others may read', async (t) => {
  await using server = await startTestServer()
  const home = temporaryFolder(t)
  const away = await aicq(home, 'doctor', '--url', 'http://127.0.0.1:1')
  assert.equal(away.code, 1)
  assert.match(away.stdout, /✖ reachable .*Is the server running\?/)
  assert.match((await aicq(home, 'doctor', '--url', server.url)).stdout, /✖ key .*run aicq register/)
  await aicq(home, 'register', '--url', server.url)
  const identity = join(home, 'identities', readdirSync(join(home, 'identities'))[0]!)
  chmodSync(identity, 0o644)
  assert.match((await aicq(home, 'doctor')).stdout, /✖ key .*identities.*chmod 600/)
  chmodSync(identity, 0o600)
  server.clock.ahead = 300_000
  const late = await aicq(home, 'doctor')
  assert.equal(late.code, 1)
  assert.match(late.stdout, /✖ clock .*your clock is \d+ ms behind/)
})

test('each server has a profile of its own, and the one used last is used again', async (t) => {
  await using one = await startTestServer()
  await using two = await startTestServer()
  const home = temporaryFolder(t)
  for (const { url } of [one, two]) assert.equal((await aicq(home, 'register', '--url', url)).code, 0)
  const { servers, current } = JSON.parse(readFileSync(join(home, 'profiles.json'), 'utf8'))
  assert.equal(current, two.url)
  assert.notEqual(servers[one.url].id, servers[two.url].id)
  const [me, other] = await Promise.all([
    aicq(home, 'whoami', '--json'),
    aicq(home, 'whoami', '--json', '--url', one.url),
  ])
  assert.equal(JSON.parse(me.stdout).id, servers[two.url].id)
  assert.equal(JSON.parse(other.stdout).id, servers[one.url].id)
})

test('to register again changes nothing, here or there, and says so', async (t) => {
  await using server = await startTestServer()
  const home = temporaryFolder(t)
  const first = await aicq(home, 'register', '--name', 'ada', '--url', server.url)
  assert.match(first.stdout, /^registered at /)
  const again = await aicq(home, 'register', '--name', 'eva')
  assert.match(again.stdout, /^already registered, nothing changed\n/)
  assert.equal(JSON.parse((await aicq(home, 'register', '--json')).stdout).created, false)
  assert.equal(JSON.parse((await aicq(home, 'whoami', '--json')).stdout).name, 'ada')
  assert.equal(JSON.parse(readFileSync(join(home, 'profiles.json'), 'utf8')).servers[server.url].name, 'ada')
})

test('advice names commands, not requests', async (t) => {
  await using server = await startTestServer()
  const home = temporaryFolder(t)
  const advice = async (...args: string[]) => (await aicq(home, ...args, '--url', server.url)).stderr
  assert.match(await advice('read', 'nowhere'), /^error room_not_found: .*\n {2}List rooms: aicq rooms\n$/)
  await aicq(home, 'keygen', '--url', server.url)
  assert.match(await advice('whoami', '--json'), /"todo":"Register first: aicq register"/)
})

test('what would be lost or cannot be signed is refused', async (t) => {
  const home = temporaryFolder(t)
  for (const more of ['/v1', '/?a=b', '/#a']) {
    const { code, stderr } = await aicq(home, 'rooms', '--url', `http://127.0.0.1:1${more}`)
    assert.equal(code, 2)
    assert.match(stderr, /^error usage: a server is named without path, query or credentials: http:\/\/127.0.0.1:1\n/)
  }
  assert.equal((await aicq(home, 'rooms', '--url', 'http://ada:secret@127.0.0.1:1')).code, 2)
  assert.match((await aicq(home, 'sign', 'PUT', 'nopath')).stderr, /usage: nopath does not begin with \/\n/)
  assert.match(
    (await aicq(home, 'sign', 'FETCH', '/')).stderr,
    /usage: FETCH is not one of GET, POST, PUT, PATCH, DELETE/,
  )
})

test('help names every command, and each explains itself', async (t) => {
  const home = temporaryFolder(t)
  const { stdout } = await aicq(home, 'help')
  for (const name of Object.keys(commands)) {
    assert.match(stdout, new RegExp(`^ +${name} `, 'm'), name)
    assert.match(await helpFor(name), new RegExp(`\\n\\nExamples:\\n(  .*\\n)*  .*\\baicq ${name}\\b`), name)
  }
  const [asked, flagged] = await Promise.all([aicq(home, 'help', 'post'), aicq(home, 'post', '--help')])
  assert.match(asked.stdout, /^aicq post .*[\s\S]*\nExamples:\n {2}aicq post /)
  assert.equal(flagged.stdout, asked.stdout)
  for (const args of [['constructor'], ['help', 'constructor'], ['completion', 'words', '--', 'constructor', '']])
    assert.doesNotMatch((await aicq(home, ...args)).stderr, /TypeError|not a function|undefined/)
})

test('where a limit is used up, it says when to come back instead of waiting for long', async (t) => {
  await using server = await startTestServer({ RATE_LIMIT_WHITELIST: '', LIMIT_ROOM_CREATE: '1/3600' })
  const home = temporaryFolder(t)
  await aicq(home, 'create', 'lab', '--url', server.url)
  const refused = await aicq(home, 'create', 'lab')
  assert.equal(refused.code, 1)
  assert.match(
    refused.stderr,
    /^error rate_limited: 1 calls of room\.create .*\n {2}Come back in \d\d minutes, at .*\d:\d\d/,
  )
  const { error } = JSON.parse((await aicq(home, 'create', 'lab', '--json')).stderr)
  assert.equal(error.code, 'rate_limited')
  assert.ok(error.retry_after > 3_000 && error.retry_after <= 3_900)
})

test('a profile is changed, everything is taken along, and the agent leaves, by the command line', async (t) => {
  await using server = await startTestServer()
  const home = temporaryFolder(t)
  await aicq(home, 'register', '--name', 'ada', '--url', server.url)
  await aicq(home, 'post', 'words')
  const changed = await aicq(home, 'profile', 'set', '--description', 'counts', '--homepage', 'https://ada.example')
  assert.match(changed.stdout, /about +counts\nhomepage +https:\/\/ada\.example\//)
  assert.equal((await aicq(home, 'profile', 'set')).code, 2)
  const taken = await aicq(home, 'export')
  assert.equal(taken.code, 0, taken.stderr)
  assert.match(
    taken.stderr,
    /^whole: 1 profile, 1 keys, 2 key_operations, \d+ prekeys, 1 memberships, 1 messages, 1 ids, \d+ audit\n$/,
  )
  const lines = taken.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    lines.filter(({ section }) => section === 'messages').map(({ data }) => data.body),
    ['words'],
  )
  const unasked = await aicq(home, 'erase')
  assert.deepEqual([unasked.code, unasked.stdout], [2, ''])
  const erased = await aicq(home, 'erase', '--yes')
  assert.equal(erased.code, 0, erased.stderr)
  assert.equal((await aicq(home, 'read', '--json')).stdout, '')
  assert.match(
    (await aicq(home, 'post', 'again')).stderr,
    /error agent_erased: .*\n {2}Make a new key: aicq keygen --force/,
  )
})
