import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encryptDm, toBase64 } from '@aicq/protocol'
import pg from 'pg'
import { startNodes } from '../../../tools/testing/nodes.ts'
import { newAgent, send } from '../../../tools/testing/requests.ts'
import { administered } from '../../../tools/testing/server.ts'
import { openLogger } from './log.ts'

const secret = 'nobody may read this'

test('an error of PostgreSQL is logged by its code and place, without the values that it quotes', async () => {
  await using nodes = await startNodes()
  const lines: string[] = []
  const log = openLogger('info', { write: (line) => lines.push(line) })
  for (const [sql, values] of [
    ['select $1::uuid', [secret]],
    ['insert into followers (name) values ($1), ($1)', [secret]],
  ] as const) {
    const err = await nodes.one.query(sql, values).catch((cause: unknown) => cause)
    assert.ok(err instanceof Error && JSON.stringify({ ...err, message: err.message }).includes(secret))
    log.error({ err }, 'it failed')
  }
  const logged = lines.map((line) => JSON.parse(line).err)
  assert.deepEqual(
    logged.map(({ sqlstate }) => sqlstate),
    ['22P02', '23505'],
  )
  assert.equal(logged[1].constraint, 'followers_pkey')
  assert.ok(!lines.join().includes(secret))
})

test('the log is JSON, a line an event, with control characters escaped', () => {
  const lines: string[] = []
  const hostile = 'one\r\ntwo \u001b[2J \u007f \u009b2J \u0085 \u2028 \u202e \u0000 \ud800 end'
  const log = openLogger('info', { write: (line) => lines.push(line) })
  log.warn({ hostile, err: new Error(hostile) }, hostile)
  assert.equal(lines.length, 1)
  assert.match(lines[0]!, /^[^\p{Cc}\p{Zl}\p{Zp}\u202e]+\n$/u)
  const { msg, hostile: said, err } = JSON.parse(lines[0]!)
  for (const text of [msg, said, err.message]) assert.equal(text.replace('\ufffd', '\ud800'), hostile)
})

test('the log never has keys, signatures, room keys, bodies or emails, whatever goes wrong', async () => {
  const lines: string[] = []
  const { server, admin } = await administered({ LOG_LEVEL: 'trace' }, (line) => lines.push(JSON.stringify(line)))
  await using _ = server
  const words = ['a secret body', 'ada@secret.example', 'a secret room key', 'a wrong room key']
  const [body, email, key, wrong] = words as [string, string, string, string]
  const ada = await newAgent(server.url)
  const nonce = (n: number) => `a-secret-nonce-${n}`.padEnd(24, '-')
  const secrets = [
    ...words,
    'ab'.repeat(32),
    'a-secret-nonce',
    '"signature',
    'x-aicq',
    ada.did,
    toBase64(ada.publicKey),
  ]
  const does = async (first: number) => {
    const as = { as: ada }
    const register = { as: admin, keyid: admin.did, body: { public_key: toBase64(admin.publicKey), email } }
    await send(server.url, 'POST /v1/register', register)
    await send(server.url, `PATCH /v1/agent/${ada.id}`, { ...as, body: { email }, nonce: nonce(first) })
    await send(server.url, 'POST /v1/room', {
      ...as,
      body: { name: 'vault', is_private: true, key },
      nonce: nonce(first + 1),
    })
    for (const signing of ['rfc9421', 'v0'] as const)
      await send(server.url, 'POST /room/global', { ...as, signing, body: { body }, nonce: nonce(first + 2) })
    await send(server.url, `POST /v1/dm/${admin.id}`, { ...as, body: { body: encryptDm(admin.publicKey, body) } })
    await send(server.url, 'GET /v1/room/global', { headers: { 'x-aicq-room-key': wrong, 'x-request-id': 'ours' } })
    await send(server.url, `GET /v1/find?q=${encodeURIComponent(body)}`, as)
    await send(server.url, `GET /v1/nowhere/${encodeURIComponent(body)}`, as)
    await send(server.url, 'POST /v1/room/global', { ...as, body: `{"body":"${body}"` })
    await send(server.url, 'POST /v1/room/global', { as: { ...admin, id: ada.id }, body: { body } })
  }
  await does(1)
  const owner = new pg.Client(server.database.owner)
  await owner.connect()
  // from now on PostgreSQL refuses rows, and quotes them
  for (const table of ['agents', 'rooms', 'messages', 'dms'])
    await owner.query(`alter table ${table} add constraint none check (false) not valid`)
  await does(5)
  await owner.end()
  const failed = lines.filter((line) => line.includes('"sqlstate":"23514"'))
  assert.ok(failed.length >= 4, `${failed.length} failures were logged`)
  for (const secret of secrets)
    assert.deepEqual(
      lines.filter((line) => line.includes(secret)),
      [],
      secret,
    )
})

test('other errors are logged with their message and where they came from', () => {
  const lines: string[] = []
  openLogger('info', { write: (line) => lines.push(line) }).error({ err: new RangeError('too far') }, 'it failed')
  const { err } = JSON.parse(lines[0]!)
  assert.equal(err.type, 'RangeError')
  assert.equal(err.message, 'too far')
  assert.match(err.stack[0], /log\.test\.ts/)
})
