import assert from 'node:assert/strict'
import { test } from 'node:test'
import { follow } from '../../../../tools/testing/events.ts'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

/** A room of ada and bob on a server of their own. */
async function start() {
  const server = await startTestServer()
  const { url } = server
  const [ada, bob] = [await newAgent(url, 'ada'), await newAgent(url, 'bob')]
  const room = (await send(url, 'POST /v1/room', { as: ada, body: { name: 'lab' } })).body.id as string
  await send(url, `POST /v1/room/${room}/join`, { as: bob })
  const say = async () => (await send(url, `POST /v1/room/${room}`, { as: ada, body: { body: 'x' } })).body.id as string
  const receipts = async (id: string) => (await send(url, `GET /v1/room/${room}/${id}`, { as: ada })).body.receipts
  const { cursor } = (await send(url, `GET /v1/room/${room}`, { as: bob })).body
  const sync = async (query: string) => (await send(url, `GET /v1/sync?${query}`, { as: bob })).body
  return { server, url, ada, bob, room, say, receipts, cursor, sync }
}

test('a message counts as delivered once a stream or a sync of a member has taken it, and not to who reads without being one', async () => {
  const { server, url, ada, bob, room, say, receipts, cursor, sync } = await start()
  await using _ = server
  const stranger = await newAgent(url)
  const missed = await say()
  await using own = await follow(url, `rooms=${room}&cursor=${cursor}`, { as: ada })
  await using other = await follow(url, `rooms=${room}&cursor=${cursor}`, { as: stranger })
  for (const stream of [own, other]) await stream.until((event) => event.message?.id === missed)
  assert.equal((await receipts(missed)).delivered, 0)
  await using stream = await follow(url, `rooms=${room}&cursor=${cursor}`, { as: bob })
  await stream.until((event) => event.message?.id === missed)
  const live = await say()
  await stream.until((event) => event.message?.id === live)
  for (const id of [missed, live])
    await eventually(async () => {
      const { delivered, by } = await receipts(id)
      return delivered === 1 && by[0].agent === bob.id
    })
  await stream[Symbol.asyncDispose]()
  const later = await say()
  assert.equal((await sync(`rooms=${room}&cursor=${stream.cursor()}`)).events.length, 1)
  await eventually(async () => (await receipts(later)).delivered === 1)
})

test('what a sync leaves in rest, for want of room, was not delivered', async () => {
  const { server, room, say, receipts, cursor, sync } = await start()
  await using _ = server
  const ids = await Promise.all(Array.from({ length: 8 }, say))
  const { events, rest } = await sync(`rooms=${room}&cursor=${cursor}&max_tokens=400`)
  assert.ok(events.length > 0 && rest.length > 0)
  const taken = events.flatMap(({ message }: { message?: { id: string } }) => (message ? [message.id] : []))
  await eventually(async () => (await receipts(taken.at(-1))).delivered === 1)
  for (const id of ids) assert.equal((await receipts(id)).delivered, taken.includes(id) ? 1 : 0)
})

test('what a member acknowledges is told to the author alone, with the receipts as they stand', async () => {
  const { server, url, ada, bob, room, say, cursor, sync } = await start()
  await using _ = server
  await using stream = await follow(url, `rooms=${room}`, { as: ada })
  const id = await say()
  await send(url, `POST /v1/room/${room}/${id}/ack`, { as: bob, body: { state: 'failed', note: 'no disk' } })
  const event = await stream.until(({ type }) => type === 'message.acked')
  assert.deepEqual([event.room, event.agent, event.message_id], [room, ada.id, id])
  const { by, ...counts } = event.receipts!
  assert.deepEqual(counts, { delivered: 1, seen: 1, done: 0, failed: 1 })
  assert.deepEqual(
    by?.map(({ agent, state, note }) => [agent, state, note]),
    [[bob.id, 'failed', 'no disk']],
  )
  const types = (await sync(`rooms=${room}&cursor=${cursor}`)).events.map(({ type }: { type: string }) => type)
  assert.deepEqual(types, ['message.created'])
})
