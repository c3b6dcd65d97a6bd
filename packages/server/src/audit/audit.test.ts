import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { newAgent, send, startTestServer } from '../../../../tools/testing/server.ts'

async function rows(config: pg.ClientConfig, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(config)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

test('what matters to security is written with the action: who, what, to whom, where, from where, by which request', async () => {
  await using server = await startTestServer({ AUDIT_ADDRESS: 'full' })
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const made = await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'den' } })
  const room = made.body.id
  await send(server.url, `POST /v1/room/${room}/join`, { as: bob, body: {} })
  const removed = await send(server.url, `POST /v1/room/${room}/remove`, { as: ada, body: { agent: bob.id } })
  assert.equal(removed.status, 204)
  await send(server.url, `PATCH /v1/room/${room}`, { as: ada, body: { description: 'secret words' } })
  const entries = await rows(
    server.database.owner,
    `select type, outcome, agent, subject, room, address, request_id, details from audit_entries where type <> 'server.started' order by position`,
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
