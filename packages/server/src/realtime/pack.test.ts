import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Identity } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

const say = async (url: string, as: Identity, body: string, pid?: string): Promise<string> =>
  (await send(url, 'POST /v1/room/global', { as, body: { body, ...(pid ? { pid } : {}) } })).body.id
const sync = async (url: string, as: Identity, query: string) => (await send(url, `GET /v1/sync?${query}`, { as })).body

/** Two agents; one of them was away while the other said this and that. */
async function start() {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startTestServer())
  const { url } = server
  const [ada, bob] = [await newAgent(url, 'ada'), await newAgent(url, 'bob')]
  const mine = await say(url, bob, 'a question')
  await say(url, ada, 'hello')
  const { cursor } = await sync(url, bob, '')
  for (let n = 0; n < 10; n++) await say(url, ada, `talk ${n} ${'x'.repeat(300)}`)
  const answer = await say(url, ada, 'an answer', mine)
  await say(url, ada, `another thread ${'x'.repeat(300)}`, await say(url, ada, 'a thread of others'))
  await say(url, ada, 'look, @bob')
  await send(url, `POST /v1/dm/${bob.id}`, { as: ada, body: { body: Buffer.alloc(60).toString('base64') } })
  const closing = opened.move()
  return { url, ada, bob, cursor, answer, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

type Shown = { type: string; message?: { body: string } }
const names = (events: Shown[]) => events.map(({ type, message }) => message?.body.split(' x')[0] ?? type)

test('with room for all there is everything, what matters first: direct messages and mentions, then own threads, then the rest', async () => {
  await using all = await start()
  const reply = await sync(all.url, all.bob, `cursor=${all.cursor}&max_tokens=100000`)
  assert.deepEqual(names(reply.events), [
    'look, @bob',
    'dm.received',
    'an answer',
    ...Array.from({ length: 10 }, (_, n) => `talk ${n}`),
    'a thread of others',
    'another thread',
  ])
  assert.deepEqual([reply.has_more, reply.rest], [false, undefined])
})

test('what does not fit is named, with its id and size, and the reply is complete up to its cursor', async () => {
  await using all = await start()
  const reply = await sync(all.url, all.bob, `cursor=${all.cursor}&max_tokens=1500`)
  assert.ok(Buffer.byteLength(JSON.stringify(reply)) <= 1500 * 4)
  assert.deepEqual(names(reply.events).slice(0, 3), ['look, @bob', 'dm.received', 'an answer'])
  assert.equal(reply.has_more, false)
  assert.equal(reply.events.length + reply.rest.length, 15)
  for (const { id, room, from, tokens, type } of reply.rest) {
    assert.equal(type, 'message.created')
    assert.equal(from, all.ada.id)
    const whole = await send(all.url, `GET /v1/room/${room}/${id}`, { as: all.bob })
    assert.equal(whole.status, 200)
    assert.ok(tokens * 4 > Buffer.byteLength(JSON.stringify(whole.body.body)))
  }
  assert.deepEqual((await sync(all.url, all.bob, `cursor=${reply.cursor}`)).events, [])
})

test('a reader with very little room gets there in several replies, and misses nothing', async () => {
  await using all = await start()
  const seen = new Set<string>()
  let { cursor } = all
  let replies = 0
  for (let more = true; more; replies++) {
    const reply = await sync(all.url, all.bob, `cursor=${cursor}&max_tokens=250`)
    assert.ok(Buffer.byteLength(JSON.stringify(reply)) <= 250 * 4)
    for (const { message, dm } of reply.events) seen.add(message?.id ?? dm.id)
    for (const { id } of reply.rest ?? []) seen.add(id)
    cursor = reply.cursor
    more = reply.has_more
  }
  assert.equal(seen.size, 15)
  assert.ok(replies > 1)
})

test('a reply has no more events than asked for, and says that there are more', async () => {
  await using all = await start()
  const first = await sync(all.url, all.bob, `cursor=${all.cursor}&limit=14`)
  assert.deepEqual([first.events.length, first.has_more], [14, true])
  const second = await sync(all.url, all.bob, `cursor=${first.cursor}&limit=14`)
  assert.deepEqual([second.events.length, second.has_more], [1, false])
  assert.deepEqual(first.events.at(-1).cursor, first.cursor)
})
