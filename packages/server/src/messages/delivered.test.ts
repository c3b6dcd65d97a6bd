import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Identity, messageIdToUuid } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'
import { openPostgres } from '../storage/postgres.ts'
import { openDelivered } from './delivered.ts'

const fail = (cause: unknown) => assert.fail(String(cause))

/** A room of ada and bob, and what takes note of deliveries in its database. */
async function start(maxMembers = 32) {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startTestServer())
  const { url, database, clock } = server
  const db = opened.use(
    await openPostgres(database.serving, { poolSize: 2, statementTimeout: 60_000, timed: () => {} }),
  )
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  const room = (await send(url, 'POST /v1/room', { as: ada, body: { name: 'lab' } })).body.id
  await send(url, `POST /v1/room/${room}/join`, { as: bob })
  const say = async () => (await send(url, `POST /v1/room/${room}`, { as: ada, body: { body: 'x' } })).body.id as string
  const now = () => Date.now() + clock.ahead
  const notes = opened.use(openDelivered(db, { now, maxMembers }, fail))
  const tell = (agent: Identity, ...ids: string[]) => notes.delivered(agent.id, ids.map(messageIdToUuid))
  const place = (id: string) => `/v1/room/${room}/${id}`
  const receipts = async (id: string) => (await send(url, `GET ${place(id)}`, { as: ada })).body.receipts
  const kept = () => db.query('select from receipts')
  const closing = opened.move()
  return {
    url,
    db,
    ada,
    bob,
    say,
    notes,
    tell,
    place,
    receipts,
    kept,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

test('what reached a member counts as delivered, once, and what was acknowledged meanwhile stays', async () => {
  await using all = await start()
  const { url, bob, notes, tell, place, receipts } = all
  const [one, two] = [await all.say(), await all.say()]
  const before = Date.now()
  tell(bob, one, two)
  tell(bob, one)
  await send(url, `POST ${place(two)}/ack`, { as: bob, body: { state: 'failed', note: 'why' } })
  await notes.flush()
  tell(bob, one)
  await notes.flush()
  const { by, ...counts } = await receipts(one)
  assert.deepEqual(counts, { delivered: 1, seen: 0, done: 0, failed: 0 })
  assert.deepEqual([by.length, by[0].agent, by[0].state], [1, bob.id, 'delivered'])
  assert.ok(by[0].at >= before)
  const other = await receipts(two)
  assert.deepEqual([other.delivered, other.failed, other.by[0].note], [1, 1, 'why'])
  const delivered = await all.db.query("select from events where type = 'message.acked'")
  assert.equal(delivered.length, 1, 'a delivery is no event')
})

test('the author, who is no member, who was erased, and messages that are gone are not noted', async () => {
  await using all = await start()
  const { url, ada, bob, say, notes, tell, place, kept } = all
  const [stays, gone] = [await say(), await say()]
  const stranger = await newAgent(url)
  await send(url, `DELETE ${place(gone)}`, { as: ada })
  tell(ada, stays)
  tell(stranger, stays)
  tell(bob, gone)
  await notes.flush()
  assert.equal((await kept()).length, 0)
  tell(bob, stays)
  await send(url, `DELETE /v1/agent/${bob.id}`, { as: bob })
  await notes.flush()
  assert.equal((await kept()).length, 0)
})

test('in rooms above the number of members nothing is noted', async () => {
  await using all = await start(1)
  all.tell(all.bob, await all.say())
  await all.notes.flush()
  assert.equal((await all.kept()).length, 0)
})

test('a message that is being deleted just now, or an agent that is being erased, is not waited for, and not noted', async () => {
  await using all = await start()
  const { db, bob, say, tell, notes, kept } = all
  const id = await say()
  for (const [text, value] of [
    ['update message_ids set expires_at = expires_at where id = $1', messageIdToUuid(id)],
    ['update agents set erased_at = erased_at where id = $1', bob.id],
  ] as const) {
    await db.transaction(async (tx) => {
      await tx.query(text, [value])
      tell(bob, id)
      await notes.flush()
    })
    assert.equal((await kept()).length, 0, text)
  }
  tell(bob, id)
  await notes.flush()
  assert.equal((await kept()).length, 1)
})

test('what waits is written when the server stops, and beyond a bound the oldest is forgotten', async () => {
  await using all = await start()
  const { bob, say, notes, tell, receipts } = all
  const [oldest, newest] = [await say(), await say()]
  tell(bob, oldest)
  notes.delivered(
    bob.id,
    Array.from({ length: 20_000 - 1 }, () => crypto.randomUUID()),
  )
  tell(bob, newest)
  await notes[Symbol.asyncDispose]()
  assert.equal((await receipts(oldest)).delivered, 0)
  assert.equal((await receipts(newest)).delivered, 1)
})
