import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAudit } from '../../../../tools/testing/audit.ts'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { administered } from '../../../../tools/testing/server.ts'

test('the administrator alone reads the audit, by a signature of RFC 9421 alone', async () => {
  const { server, admin } = await administered()
  await using _ = server
  const stranger = await newAgent(server.url)
  const code = async (as?: typeof admin, path = '/v1/audit', signing?: 'v0') =>
    (await send(server.url, `GET ${path}`, { ...(as && { as }), ...(signing && { signing }) })).body.code
  assert.equal(await code(admin), undefined)
  assert.equal(await code(stranger), 'not_admin')
  assert.equal(await code(), 'signature_missing')
  assert.equal(await code(admin, '/audit', 'v0'), 'signature_missing')
  assert.equal(await code(admin, '/audit'), undefined)
})

test('entries are found by type, by agent on either side, and by time, and read page by page in both orders', async () => {
  const { server, admin } = await administered()
  await using _ = server
  await using audit = await openAudit(server, admin)
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const { body: room } = await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'den' } })
  await send(server.url, `POST /v1/room/${room.id}/join`, { as: bob, body: {} })
  await send(server.url, `POST /v1/room/${room.id}/remove`, { as: ada, body: { agent: bob.id } })
  await audit.link()
  const list = async (query: string) => (await send(server.url, `GET /v1/audit?${query}`, { as: admin })).body
  const types = (page: { entries: { type: string }[] }) => page.entries.map(({ type }) => type)
  assert.deepEqual(types(await list('')), [
    'room.member_removed',
    'room.created',
    'agent.registered',
    'agent.registered',
    'agent.registered',
    'server.started',
  ])
  assert.deepEqual(types(await list('type=room.created')), ['room.created'])
  assert.deepEqual(types(await list(`agent=${bob.id}`)), ['room.member_removed', 'agent.registered'])
  assert.deepEqual(types(await list(`agent=${bob.did}&type=agent.registered`)), ['agent.registered'])
  const [removed] = (await list('limit=1')).entries
  assert.deepEqual(types(await list(`before=${removed.at}&after=${removed.at - 1}`)), [])
  assert.equal((await list(`after=${removed.at}`)).entries.length, 0)
  const positions: number[] = []
  let page = await list('order=asc&limit=4')
  positions.push(...page.entries.map(({ position }: { position: number }) => position))
  assert.equal(page.has_more, true)
  page = await list(`order=asc&limit=4&next=${page.next}`)
  positions.push(...page.entries.map(({ position }: { position: number }) => position))
  assert.deepEqual([positions, page.has_more, page.next], [[1, 2, 3, 4, 5, 6], false, undefined])
  assert.equal((await list('type=nonsense')).code, 'invalid_request')
})

test('entries come as JSON lines and as CSV, which no spreadsheet takes for formulas', async () => {
  const { server, admin } = await administered({ REGION: '=1+1' })
  await using _ = server
  await using audit = await openAudit(server, admin)
  await audit.db.query(
    `select audit_entry('server.started', 'done', null, null, null, null, '=cmd()', '@x', '{"a": "1,2"}', 5)`,
  )
  await audit.link()
  const lines = await send(server.url, 'GET /v1/audit?order=asc&limit=2&format=jsonl', { as: admin })
  assert.match(lines.headers.get('content-type')!, /^application\/jsonl/)
  const [first] = lines.body
    .trimEnd()
    .split('\n')
    .map((line: string) => JSON.parse(line))
  assert.deepEqual([first.type, first.details.settings.REGION], ['server.started', '=1+1'])
  assert.equal(lines.headers.get('link'), '</v1/audit?order=asc&limit=2&format=jsonl&next=2>; rel="next"')
  const csv = await send(server.url, 'GET /v1/audit?limit=1', { as: admin, headers: { accept: 'text/csv' } })
  assert.match(csv.headers.get('content-type')!, /^text\/csv/)
  const [head, row] = csv.body.split('\r\n')
  assert.match(head, /^position,at,type,outcome,agent,subject,room,message,address,request_id,details,erased,salt,/)
  assert.match(row, /^3,5,server\.started,done,,,,,'=cmd\(\),'@x,"{""a"":""1,2""}",,[0-9a-f]{64},/)
})

test('checkpoints are signed by the key that the instance names, for anybody, and stand in the log', async () => {
  const logged: Record<string, unknown>[] = []
  const { server, admin } = await administered({ LOG_LEVEL: 'info' }, (line) => logged.push(line))
  await using _ = server
  await using audit = await openAudit(server, admin)
  // the server's own, and one more
  await eventually(async () => logged.some(({ msg }) => msg === 'audit checkpoint'))
  await audit.checkpoint()
  const { body } = await send(server.url, 'GET /v1/audit/checkpoints')
  const { body: info } = await send(server.url, 'GET /v1/api')
  assert.deepEqual(body.keys, [info.key])
  assert.ok(body.checkpoints.every(({ key }: { key: string }) => key === info.key))
  assert.equal((await audit.verify()).unsigned, 0)
  await server.stop()
  const own = logged.filter(({ msg }) => msg === 'audit checkpoint').map(({ checkpoint }) => checkpoint)
  assert.ok(own.length > 0)
  for (const one of own)
    assert.ok(body.checkpoints.some((other: { sig: string }) => other.sig === (one as { sig: string }).sig))
})
