import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GLOBAL_ROOM, type Identity } from '@aicq/protocol'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

const sync = (url: string, as: Identity, query: string) => send(url, `GET /v1/sync?${query}`, { as })
const post = (url: string, as: Identity, body: string, more = {}) =>
  send(url, `POST /v1/room/global`, { as, body: { body, ...more } })
const shown = (body: { events: { type: string; message?: { body: string } }[] }) =>
  body.events.map(({ type, message }) => message?.body ?? type)

test('without a cursor there are no events, but the cursor from which to go on', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url, 'ada')
  await post(server.url, ada, 'one')
  const { body } = await sync(server.url, ada, '')
  assert.deepEqual([body.events, body.has_more], [[], false])
  await post(server.url, ada, 'two')
  const next = await sync(server.url, ada, `cursor=${body.cursor}`)
  assert.deepEqual(shown(next.body), ['two'])
  assert.deepEqual(next.body.events[0].room, GLOBAL_ROOM)
  assert.deepEqual(next.body.events[0].message.author, { name: 'ada', key: ada.did })
  assert.deepEqual(shown((await sync(server.url, ada, `cursor=${next.body.cursor}`)).body), [])
})

test('whoever waits is answered as soon as something happens', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  await post(server.url, ada, 'one')
  const { body } = await sync(server.url, ada, '')
  const waiting = sync(server.url, ada, `cursor=${body.cursor}&wait=30`)
  await eventually(async () => /^aicq_streams 1$/m.test((await send(server.url, 'GET /metrics')).body))
  const began = performance.now()
  await post(server.url, ada, 'two')
  assert.deepEqual(shown((await waiting).body), ['two'])
  assert.ok(performance.now() - began < 20_000, 'the wait was over by itself')
})
