import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAudit } from '../../../../tools/testing/audit.ts'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { administered } from '../../../../tools/testing/server.ts'
import { closeMinutes } from './refusals.sql.ts'
import { countRefusals } from './refusals.ts'

/** A minute (since 1970) that is not over for long. */
const later = () => Math.floor(Date.now() / 60_000) + 60

test('refusals are counted per type, agent, address and minute: signatures, replays, room keys', async () => {
  const { server, admin } = await administered()
  await using _ = server
  await using audit = await openAudit(server, admin)
  const [ada, eva] = [await newAgent(server.url), await newAgent(server.url)]
  const key = 'a key of 16 or more'
  const { body: room } = await send(server.url, 'POST /v1/room', {
    as: ada,
    body: { name: 'den', is_private: true, key },
  })
  const wrong = { 'X-AICQ-Room-Key': 'another key of 16' }
  for (const path of [`/v1/room/${room.id}`, `/room/${room.id}`])
    await send(server.url, `GET ${path}`, { headers: wrong })
  const forged = { ...eva, id: ada.id }
  for (let n = 0; n < 3; n++) assert.equal((await send(server.url, 'GET /v1/me', { as: forged })).status, 401)
  const post = { as: eva, body: { body: 'once' }, nonce: 'n'.repeat(24) }
  await send(server.url, 'POST /v1/room/global', post)
  const again = await send(server.url, 'POST /v1/room/global', post)
  assert.equal(again.body.code, 'nonce_used')
  await server.stop()
  await closeMinutes(audit.db, later())
  const counted = await audit.asOwner(
    `select type, outcome, agent, address, sum((details->>'count')::int)::int as count from audit_entries
      where type like '%.refused' group by 1, 2, 3, 4 order by type`,
  )
  const here = { outcome: 'refused', address: '127.0.0.0/24' }
  assert.deepEqual(counted, [
    { ...here, type: 'nonce.refused', agent: eva.id, count: 1 },
    { ...here, type: 'room_key.refused', agent: null, count: 2 },
    { ...here, type: 'signature.refused', agent: ada.id, count: 3 },
  ])
})

test('limits that are hit, and the block that follows, are counted', async () => {
  const { server, admin } = await administered({
    RATE_LIMIT_WHITELIST: '192.0.2.1',
    LIMIT_INSTANCE_STATS: '1/60',
    BLOCK_AFTER: '2/3600',
  })
  await using _ = server
  await using audit = await openAudit(server, admin)
  const codes = []
  for (let n = 0; n < 5; n++) codes.push((await send(server.url, 'GET /v1/stats')).body.code)
  assert.deepEqual(codes, [undefined, 'rate_limited', 'rate_limited', 'address_blocked', 'address_blocked'])
  await server.stop()
  await closeMinutes(audit.db, later())
  const counted = await audit.asOwner(
    `select type, outcome, sum((details->>'count')::int)::int as count from audit_entries
      where details ? 'count' group by 1, 2 order by type`,
  )
  assert.deepEqual(counted, [
    { type: 'address.blocked', outcome: 'done', count: 1 },
    { type: 'block.refused', outcome: 'refused', count: 2 },
    { type: 'limit.refused', outcome: 'refused', count: 2 },
  ])
})

test('a flood fills no disk: a hundred rows a minute, and what is more counts together', async () => {
  const { server, admin } = await administered()
  await using _ = server
  await using audit = await openAudit(server, admin)
  let now = later() * 60_000
  const { refused, flush } = countRefusals(audit.db, () => now)
  for (let n = 0; n < 5_000; n++) refused('rate_limited', undefined, `192.0.${n}`)
  await flush()
  for (let n = 0; n < 5_000; n++) refused('rate_limited', undefined, `192.1.${n}`)
  await flush()
  const rows = async () =>
    (await audit.asOwner('select count(*)::int as rows, sum(count)::int as count from audit_refusals'))[0]
  assert.deepEqual(await rows(), { rows: 101, count: 10_000 })
  const [other] = await audit.asOwner(`select count::int from audit_refusals where address = 'other'`)
  assert.deepEqual(other, { count: 9_900 })
  now += 60_000
  refused('rate_limited', undefined, '192.1.1')
  await flush()
  assert.deepEqual(await rows(), { rows: 102, count: 10_001 })
})
