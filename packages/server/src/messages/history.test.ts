import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { type Random, seeded } from '../../../../tools/fuzz/random.ts'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer, type TestServer } from '../../../../tools/testing/server.ts'

type Agent = Awaited<ReturnType<typeof newAgent>>

/** A message as the model knows it. */
interface Kept {
  readonly id: string
  readonly seq: number
  readonly ts: number
  readonly body: string
  deleted: boolean
}

const retention = 3_600_000
/** Never an hour together, so that nothing is at the edge of its life when it is read. */
const jump = 7 * 60_000

/** Posts, alone and several at once, deletes, and lets time pass; gives what should be there. */
async function live(server: TestServer, random: Random, room: string, agents: readonly Agent[]): Promise<Kept[]> {
  const all: Kept[] = []
  const now = () => Date.now() + server.clock.ahead
  const post = async (n: number) => {
    const body = `m${all.length} ${n}`
    const as = random.pick(agents)
    const answer = await send(server.url, `POST /v1/room/${room}`, { as, now: now(), body: { body } })
    assert.equal(answer.status, 201)
    const { id, seq, ts } = answer.body
    return { as, kept: { id, seq, ts, body, deleted: false } }
  }
  const authors = new Map<string, Agent>()
  for (let step = 0; step < 25; step++) {
    if (random.percent(60)) {
      for (const { as, kept } of await Promise.all(Array.from({ length: 1 + random.int(6) }, (_, n) => post(n)))) {
        all.push(kept)
        authors.set(kept.id, as)
      }
    } else if (random.percent(50)) server.clock.ahead += jump * (1 + random.int(3))
    else {
      const there = all.filter(({ deleted }) => !deleted)
      if (there.length === 0) continue
      const one = random.pick(there)
      const as = authors.get(one.id)!
      const answer = await send(server.url, `DELETE /v1/room/${room}/${one.id}`, { as, now: now() })
      one.deleted = one.ts + retention > now()
      assert.equal(answer.status, one.deleted ? 204 : 404)
    }
  }
  const bySeq = all.toSorted((a, b) => a.seq - b.seq)
  assert.deepEqual(
    bySeq.map(({ seq }) => seq),
    bySeq.map((_, at) => at + 1),
  )
  assert.ok(bySeq.every(({ ts }, at) => at === 0 || ts >= bySeq[at - 1]!.ts))
  return bySeq.filter(({ deleted, ts }) => !deleted && ts + retention > now())
}

type Seen = { id: string; ts: number; body: string }

async function readOld(url: string, room: string, limit: number): Promise<Seen[]> {
  const seen: Seen[] = []
  for (let before = ''; ; before = `&before=${seen.at(-1)!.ts}`) {
    const { body } = await send(url, `GET /room/${room}?limit=${limit}${before}`)
    seen.push(...body.messages)
    if (!body.has_more) return seen
  }
}

async function readNew(url: string, room: string, limit: number, order: string, by: string): Promise<Seen[]> {
  const seen: (Seen & { seq: number })[] = []
  for (let more = ''; ; ) {
    const { body } = await send(url, `GET /v1/room/${room}?limit=${limit}&order=${order}${more}`)
    seen.push(...body.messages)
    if (!body.has_more) return seen
    more = by === 'next' ? `&next=${body.next}` : `&${order === 'asc' ? 'after' : 'before'}_seq=${seen.at(-1)!.seq}`
  }
}

test('whatever is posted, deleted and expires, readers of both wires see what a model says, page by page', async (t) => {
  const seed = String(randomInt(1_000_000_000))
  t.diagnostic(`seed ${seed}`)
  await using server = await startTestServer({ MESSAGE_RETENTION: '3600' })
  for (let round = 0; round < 6; round++) {
    const random = seeded(`${seed} ${round}`)
    const now = Date.now() + server.clock.ahead
    const agents = await Promise.all(Array.from({ length: 3 }, () => newAgent(server.url, undefined, now)))
    const made = await send(server.url, 'POST /v1/room', { as: agents[0]!, now, body: { name: 'history' } })
    const room = made.body.id
    const expected = (await live(server, random, room, agents)).map(({ id, ts, body }) => ({ id, ts, body }))
    const plain = (seen: Seen[]) => seen.map(({ id, ts, body }) => ({ id, ts, body }))
    const limit = 1 + random.int(4)
    const said = `seed ${seed}, round ${round}, limit ${limit}`
    assert.deepEqual(plain(await readOld(server.url, room, limit)), expected.toReversed(), `v0, ${said}`)
    for (const by of ['next', 'seq']) {
      assert.deepEqual(plain(await readNew(server.url, room, limit, 'asc', by)), expected, `asc by ${by}, ${said}`)
      const down = await readNew(server.url, room, limit, 'desc', by)
      assert.deepEqual(plain(down), expected.toReversed(), `desc by ${by}, ${said}`)
    }
  }
})
