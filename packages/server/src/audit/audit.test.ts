import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAudit } from '../../../../tools/testing/audit.ts'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { administered } from '../../../../tools/testing/server.ts'
import { recordStart } from './record-start.ts'

test('what matters to security is written with the action: who, what, to whom, where, from where, by which request', async () => {
  const { server, admin } = await administered({ AUDIT_ADDRESS: 'full' })
  await using _ = server
  await using audit = await openAudit(server, admin)
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const made = await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'den' } })
  const room = made.body.id
  await send(server.url, `POST /v1/room/${room}/join`, { as: bob, body: {} })
  const removed = await send(server.url, `POST /v1/room/${room}/remove`, { as: ada, body: { agent: bob.id } })
  assert.equal(removed.status, 204)
  await send(server.url, `PATCH /v1/room/${room}`, { as: ada, body: { description: 'secret words' } })
  const entries = await audit.asOwner(
    `select type, outcome, agent, subject, room, address, request_id, details from audit_entries where position > 2 order by position`,
  )
  const from = { outcome: 'done', address: '127.0.0.1' }
  const [, , created, gone, updated] = entries
  assert.deepEqual(
    entries.map(({ type, agent }) => [type, agent]),
    [
      ['agent.registered', ada.id],
      ['agent.registered', bob.id],
      ['room.created', ada.id],
      ['room.member_removed', ada.id],
      ['room.updated', ada.id],
    ],
  )
  assert.deepEqual(created, {
    ...from,
    type: 'room.created',
    agent: ada.id,
    subject: null,
    room,
    request_id: made.headers.get('x-request-id'),
    details: { is_private: false },
  })
  assert.deepEqual([gone!.subject, gone!.request_id], [bob.id, removed.headers.get('x-request-id')])
  assert.deepEqual(updated!.details, { changed: ['description'], removed: 0 })
})

test("a message that its author deletes is nobody else's business; one that the administrator deletes is written down", async () => {
  const { server, admin } = await administered()
  await using _ = server
  await using audit = await openAudit(server, admin)
  const ada = await newAgent(server.url)
  const post = async () => (await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'x' } })).body.id
  const [own, others] = [await post(), await post()]
  await send(server.url, `DELETE /v1/room/global/${own}`, { as: ada })
  await send(server.url, `DELETE /v1/room/global/${others}`, { as: admin })
  await send(server.url, `DELETE /v1/room/global/${others}`, { as: admin })
  const [entry, ...more] = (await audit.entries()).slice(3) as unknown as Record<string, unknown>[]
  const { type, agent, subject, message } = entry!
  assert.deepEqual(
    { type, agent, subject, message },
    { type: 'message.deleted', agent: admin.id, subject: ada.id, message: others },
  )
  assert.deepEqual(more, [])
})

test('an action that fails leaves no entry, and its position is not lost', async () => {
  const { server, admin } = await administered()
  await using _ = server
  await using audit = await openAudit(server, admin)
  await assert.rejects(
    audit.db.transaction(async (tx) => {
      await tx.query(`select audit_entry('room.created', 'done', null, null, null, null, null, null, null, 1)`)
      throw new Error('the effect failed')
    }),
  )
  const nonce = 'n'.repeat(24)
  await send(server.url, 'POST /v1/room', { as: admin, body: { name: 'den' }, nonce })
  assert.equal((await send(server.url, 'POST /v1/room', { as: admin, body: { name: 'den' }, nonce })).status, 401)
  const entries = (await audit.entries()) as unknown as Record<string, unknown>[]
  assert.deepEqual(
    entries.map(({ position, type }) => [position, type]),
    [
      [1, 'server.started'],
      [2, 'agent.registered'],
      [3, 'room.created'],
    ],
  )
})

test('a start is written down with the settings that are set, and no secret among them', async () => {
  const { server, admin } = await administered({ REGION: 'here' })
  await using _ = server
  await using audit = await openAudit(server, admin)
  const [started] = (await audit.entries()) as unknown as {
    subject?: string
    details: { settings: Record<string, string> }
  }[]
  const { REGION, INSTANCE_SECRET, DATABASE_URL, ADMIN_AGENT_ID } = started!.details.settings
  assert.deepEqual([REGION, INSTANCE_SECRET, DATABASE_URL, ADMIN_AGENT_ID], ['here', 'set', 'set', 'set'])
  assert.equal(started!.subject, undefined, 'nobody who is not here is named')
  await recordStart(audit.db, Date.now(), { subject: admin.id })
  const last = (await audit.entries()).at(-1) as unknown as { type: string; subject: string }
  assert.deepEqual([last.type, last.subject], ['server.started', admin.id])
})

test('names, emails, bodies and room keys never get into the audit', async () => {
  const { server, admin } = await administered()
  await using _ = server
  await using audit = await openAudit(server, admin)
  const ada = await newAgent(server.url, 'the-name-of-ada')
  const key = 'the-key-of-a-room'
  const made = await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'the-name', is_private: true, key } })
  const change = { name: 'the-other-name', description: 'the-words', key: 'the-key-after-that' }
  assert.equal((await send(server.url, `PATCH /v1/room/${made.body.id}`, { as: ada, body: change })).status, 200)
  const all = JSON.stringify(await audit.entries())
  assert.equal(/the-|did:key/.test(all), false, all)
})
