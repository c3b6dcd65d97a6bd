import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { type Event, GLOBAL_ROOM, type Identity } from '@aicq/protocol'
import { type Random, seeded } from '../../../../tools/fuzz/random.ts'
import { follow } from '../../../../tools/testing/events.ts'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer, type TestServer } from '../../../../tools/testing/server.ts'

type Said = { readonly id: string; readonly from: string; readonly to?: string; readonly ts: number }
type Message = Said & { readonly body: string }

/** What an agent knows: the rooms in which it is, with what was said there, and its direct messages. */
interface Known {
  readonly rooms: Map<string, { name: string; readonly messages: Map<string, Message> }>
  readonly dms: Map<string, Said>
}

const day = 86_400_000
const word = Buffer.alloc(60, 'x').toString('base64')

/** One reader, a few agents who own rooms, and what they do. */
async function startWorld(server: TestServer, random: Random) {
  const now = () => Date.now() + server.clock.ahead
  const ask = (as: Identity, line: string, body?: unknown, key?: string) =>
    send(server.url, line, {
      as,
      now: now(),
      ...(body === undefined ? {} : { body }),
      ...(key ? { headers: { 'x-aicq-room-key': key } } : {}),
    })
  const reader = await newAgent(server.url, 'reader')
  const writers: Identity[] = []
  const rooms: { id: string; key?: string }[] = [{ id: GLOBAL_ROOM }]
  const said: { by: Identity; line: string }[] = []
  const dms: { by: Identity; id: string }[] = []

  async function arrive(): Promise<void> {
    const writer = await newAgent(server.url, `w${writers.length}`, now())
    writers.push(writer)
    for (const key of [undefined, `${writer.id.slice(0, 20)}-key`]) {
      const { body } = await ask(writer, 'POST /v1/room', { name: 'room', ...(key ? { is_private: true, key } : {}) })
      rooms.push({ id: body.id, ...(key ? { key } : {}) })
    }
  }

  async function post(by: Identity): Promise<void> {
    const { id, key } = random.pick(rooms)
    const words = random.percent(10) ? ' @reader' : ''
    const answer = await ask(by, `POST /v1/room/${id}`, { body: `m${said.length}${words}` }, key)
    if (answer.status === 201) said.push({ by, line: `/v1/room/${id}/${answer.body.id}` })
  }

  const actions: [number, () => Promise<unknown>][] = [
    [30, () => Promise.all(Array.from({ length: 1 + random.int(5) }, () => post(random.pick([reader, ...writers]))))],
    [
      10,
      async () => {
        if (said.length === 0) return
        const { by, line } = random.pick(said)
        await ask(by, `DELETE ${line}`)
      },
    ],
    [
      12,
      () => {
        const { id, key } = random.pick(rooms)
        return ask(reader, `POST /v1/room/${id}/join`, {}, key)
      },
    ],
    [6, () => ask(reader, `POST /v1/room/${random.pick(rooms).id}/leave`, {})],
    [
      8,
      async () => {
        const { id } = random.pick(rooms)
        for (const writer of writers) await ask(writer, `POST /v1/room/${id}/remove`, { agent: reader.id })
      },
    ],
    [
      3,
      async () => {
        const room = random.pick(rooms)
        if (!room.key) return
        const key = `${room.key.slice(0, 30)}-${said.length}`
        for (const writer of writers) {
          const { status } = await ask(writer, `PATCH /v1/room/${room.id}`, { key, members: 'drop' })
          if (status === 200) room.key = key
        }
      },
    ],
    [
      4,
      async () => {
        const { id } = random.pick(rooms)
        for (const writer of writers) await ask(writer, `PATCH /v1/room/${id}`, { name: `r${said.length}` })
      },
    ],
    [
      10,
      async () => {
        const writer = random.pick(writers)
        const [by, to] = random.percent(50) ? [writer, reader] : [reader, writer]
        const { body } = await ask(by, `POST /v1/dm/${to.id}`, {
          body: Buffer.alloc(60, dms.length).toString('base64'),
        })
        dms.push({ by, id: body.id })
      },
    ],
    [
      4,
      async () => {
        if (dms.length > 0) await ask(reader, `DELETE /v1/dm/${random.pick(dms).id}`)
      },
    ],
    [
      2,
      async () => {
        const [gone] = writers.splice(random.int(writers.length), 1)
        await ask(gone!, `DELETE /v1/agent/${gone!.id}`)
        await arrive()
      },
    ],
    [
      4,
      async () => {
        server.clock.ahead += 7 * 3_600_000
      },
    ],
  ]
  const lots = actions.flatMap(([weight, act]) => Array.from({ length: weight }, () => act))
  await arrive()
  await arrive()
  return { reader, rooms, ask, now, act: () => random.pick(lots)() }
}

type World = Awaited<ReturnType<typeof startWorld>>

async function readRoom(
  { ask, reader }: World,
  id: string,
): Promise<{ name: string; messages: Map<string, Message> } | undefined> {
  const { status, body } = await ask(reader, `GET /v1/room/${id}?limit=200`)
  if (status === 404) return undefined
  assert.equal(body.has_more, false)
  return { name: body.room.name, messages: new Map(body.messages.map((one: Message) => [one.id, one])) }
}

/** The present state, read anew. */
async function readState(world: World): Promise<Known> {
  const { body } = await world.ask(world.reader, 'GET /v1/dm?limit=100')
  const known: Known = { rooms: new Map(), dms: new Map(body.messages.map((one: Said) => [one.id, one])) }
  for (const { id } of world.rooms) {
    const members = await world.ask(world.reader, `GET /v1/room/${id}/members?limit=200`)
    const isIn = members.body.members?.some((one: Identity) => one.id === world.reader.id)
    const room = isIn ? await readRoom(world, id) : undefined
    if (room) known.rooms.set(id, room)
  }
  return known
}

async function apply(world: World, { rooms, dms }: Known, event: Event): Promise<void> {
  const { type, agent, room } = event
  if (type === 'message.created') rooms.get(room!)?.messages.set(event.message!.id, event.message!)
  else if (type === 'message.deleted') rooms.get(room!)?.messages.delete(event.message_id!)
  else if (type === 'dm.received' || type === 'dm.sent') dms.set(event.dm!.id, event.dm!)
  else if (type === 'dm.deleted') dms.delete(event.message_id!)
  else if (type === 'room.closed') rooms.delete(room!)
  else if (type === 'room.updated' && rooms.has(room!)) rooms.get(room!)!.name = event.name!
  else if (type === 'agent.erased') {
    for (const { messages } of rooms.values())
      for (const one of messages.values()) if (one.from === agent) messages.delete(one.id)
    for (const one of dms.values()) if (one.from === agent || one.to === agent) dms.delete(one.id)
  } else if (agent === world.reader.id) {
    if (type === 'room.left' || type === 'room.removed') rooms.delete(room!)
    const joined = type === 'room.joined' ? await readRoom(world, room!) : undefined
    if (joined) rooms.set(room!, joined)
  }
}

/** Reads on and applies what came; true if there is more. Every event comes once and in order. */
async function readOn(
  world: World,
  known: Known,
  at: { cursor: string; seen: Set<string> },
  query: string,
): Promise<boolean> {
  const { status, body } = await world.ask(world.reader, `GET /v1/sync?cursor=${at.cursor}&${query}`)
  assert.equal(status, 200, JSON.stringify(body))
  let last = 0
  for (const event of body.events as Event[]) {
    const name = `${event.type} ${event.ts} ${event.agent} ${event.room} ${event.message?.id ?? event.message_id}`
    assert.ok(!at.seen.has(name), `${name} came twice`)
    assert.ok(event.ts >= last)
    at.seen.add(name)
    last = event.ts
    await apply(world, known, event)
  }
  at.cursor = body.cursor
  return body.has_more
}

/** What can be compared: without what has expired, of which nobody is told. */
function plain({ rooms, dms }: Known, now: number) {
  const alive = (life: number) => (one: Said) => one.ts + life > now
  return {
    rooms: [...rooms]
      .map(([id, { name, messages }]) => [
        id,
        name,
        [...messages.values()]
          .filter(alive(day))
          .map(({ id, ts }) => `${ts} ${id}`)
          .sort(),
      ])
      .sort(),
    dms: [...dms.values()]
      .filter(alive(7 * day))
      .map(({ id }) => id)
      .sort(),
  }
}

const seeds = Array.from({ length: 3 }, () => String(randomInt(1_000_000_000)))

test(`an old view and the events since make the present view, whatever happened (seeds ${seeds})`, async () => {
  for (const seed of seeds) {
    await using server = await startTestServer()
    const random = seeded(seed)
    const world = await startWorld(server, random)
    for (let n = 0; n < 15; n++) await world.act()
    const { body: start } = await world.ask(world.reader, 'GET /v1/sync')
    const known = await readState(world)
    const streamed = await readState(world)
    await using stream = await follow(server.url, `cursor=${start.cursor}`, { as: world.reader, now: world.now() })
    const at = { cursor: start.cursor, seen: new Set<string>() }
    for (let n = 0; n < 60; n++) {
      await world.act()
      if (random.percent(15)) await readOn(world, known, at, `limit=${1 + random.int(5)}`)
    }
    const { body: end } = await world.ask(world.reader, `POST /v1/dm/${world.reader.id}`, { body: word })
    while (await readOn(world, known, at, `limit=${1 + random.int(50)}`));
    await stream.until(({ dm }) => dm?.id === end.id)
    for (const event of stream.events) await apply(world, streamed, event)
    const fresh = await readState(world)
    assert.deepEqual(plain(known, world.now()), plain(fresh, world.now()), `seed ${seed}`)
    assert.deepEqual(plain(streamed, world.now()), plain(fresh, world.now()), `seed ${seed}, streamed`)
  }
})
