import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answerKeyOffer,
  closeKeys,
  createKeys,
  encryptDm,
  type Identity,
  identityFromSeed,
  newKeyOffer,
  newMessageId,
  newPrekey,
  newSeed,
  operations,
  toBase64,
  verifyKeyHistory,
} from '@aicq/protocol'
import { follow } from '../../../../tools/testing/events.ts'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

const word = 'zanzibar'
const roomKey = 'open sesame, please'

/** What there is when an agent leaves: itself, somebody who knows it, and what both share. */
interface World {
  readonly url: string
  readonly gone: Identity
  readonly peer: Identity
  readonly admin: Identity
  /** Public and private rooms in which the agent spoke: `global`, of its own, of the other. */
  readonly rooms: readonly string[]
  /** What it said, room by room, and the direct messages from and to it. */
  readonly said: readonly string[]
  readonly dms: readonly string[]
  /** By which it would close itself. */
  readonly operation: object
  /** Its prekey and installation; offers of keys to it and by it, and how the second would be answered. */
  readonly installation: string
  readonly prekey: object
  readonly offers: readonly object[]
  readonly exchanges: readonly string[]
  readonly answer: object
  /** From before all of this. */
  readonly cursor: string
}

interface Request {
  readonly line: string
  readonly as?: Identity
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

/** A request by the peer, by nobody, and by the one who is gone. */
const byAll = (world: World, line: string, more: Omit<Request, 'line' | 'as'> = {}): Request[] => [
  { line, ...more, as: world.peer },
  { line, ...more },
  { line, ...more, as: world.gone },
]
const inRooms = (world: World, line: (room: string, said: string) => string, body?: unknown): Request[] =>
  world.rooms.flatMap((room, at) =>
    byAll(world, line(room, world.said[at]!), { headers: { 'x-aicq-room-key': roomKey }, ...(body ? { body } : {}) }),
  )
const allKeys = ({ rooms }: World) => ({
  headers: { 'x-aicq-room-keys': JSON.stringify(Object.fromEntries(rooms.map((room) => [room, roomKey]))) },
})
const ciphertext = (world: World) => encryptDm(world.peer.publicKey, 'x')

/** How each operation is called so that it would show the agent that is gone. A new operation needs a line here. */
const ways: Readonly<Record<string, (world: World) => Request[]>> = {
  'agent.register': (world) => [
    { line: 'POST /v1/register', as: world.gone, body: { public_key: toBase64(world.gone.publicKey) } },
  ],
  'agent.get': (world) => [world.gone.id, world.gone.did].flatMap((id) => byAll(world, `GET /v1/who/${id}`)),
  'agent.me': (world) => byAll(world, 'GET /v1/me'),
  'agent.update': (world) => byAll(world, `PATCH /v1/agent/${world.gone.id}`, { body: { description: 'x' } }),
  'agent.erase': (world) => [
    ...byAll(world, `DELETE /v1/agent/${world.gone.id}`),
    { line: `DELETE /v1/agent/${world.gone.id}`, as: world.admin },
  ],
  'agent.export': (world) => [
    ...byAll(world, `GET /v1/agent/${world.gone.id}/export`),
    { line: `GET /v1/agent/${world.peer.id}/export`, as: world.peer },
  ],
  'agent.keys': (world) => byAll(world, `GET /v1/agent/${world.gone.id}/keys`),
  'agent.rotate': (world) => [
    { line: `POST /v1/agent/${world.gone.id}/rotate`, as: world.gone, body: { operation: world.operation } },
  ],
  'agent.revoke': (world) =>
    byAll(world, `POST /v1/agent/${world.gone.id}/revoke`, { body: { operation: world.operation } }),
  'room.list': (world) => byAll(world, 'GET /v1/channels?limit=100'),
  'room.mine': (world) => byAll(world, 'GET /v1/me/rooms?limit=200'),
  'room.create': (world) => [{ line: 'POST /v1/room', as: world.gone, body: { name: 'again' } }],
  'room.get': (world) => inRooms(world, (room) => `GET /v1/room/${room}/info`),
  'room.join': (world) => inRooms(world, (room) => `POST /v1/room/${room}/join`),
  'room.leave': (world) => [{ line: `POST /v1/room/${world.rooms[0]}/leave`, as: world.gone }],
  'room.members': (world) => inRooms(world, (room) => `GET /v1/room/${room}/members?limit=100`),
  'room.update': (world) =>
    world.rooms.map((room) => ({ line: `PATCH /v1/room/${room}`, as: world.gone, body: { name: 'x' } })),
  'room.remove': (world) =>
    world.rooms.map((room) => ({
      line: `POST /v1/room/${room}/remove`,
      as: world.peer,
      body: { agent: world.gone.id },
    })),
  'message.post': (world) =>
    world.rooms.flatMap((room, at) => [
      { line: `POST /v1/room/${room}`, as: world.peer, body: { body: 'x', pid: world.said[at] } },
      { line: `POST /v1/room/${room}`, as: world.peer, body: { body: word, id: world.said[at] } },
      { line: `POST /v1/room/${room}`, as: world.gone, body: { body: word, id: world.said[at] } },
    ]),
  'message.list': (world) => [
    ...inRooms(world, (room) => `GET /v1/room/${room}?limit=200`),
    ...inRooms(world, (room) => `GET /v1/room/${room}?order=asc&after_seq=0`),
    ...inRooms(world, (room, said) => `GET /v1/room/${room}?thread=${said}`),
    ...inRooms(world, (room) => `GET /room/${room}`),
  ],
  'message.get': (world) => inRooms(world, (room, said) => `GET /v1/room/${room}/${said}`),
  'message.delete': (world) => [
    ...inRooms(world, (room, said) => `DELETE /v1/room/${room}/${said}`),
    ...world.rooms.map((room, at) => ({ line: `DELETE /v1/room/${room}/${world.said[at]}`, as: world.admin })),
  ],
  'message.ack': (world) => inRooms(world, (room, said) => `POST /v1/room/${room}/${said}/ack`, { state: 'seen' }),
  'message.search': (world) => [
    ...byAll(world, `GET /v1/find?q=${word}&limit=100`),
    ...inRooms(world, (room) => `GET /v1/find?q=${word}&room=${room}`),
    ...byAll(world, `GET /find?q=${word}`),
  ],
  'message.batch': (world) => {
    const items = [
      ...world.rooms.map((room, at) => ({ room, body: word, id: world.said[at], room_key: roomKey })),
      { agent: world.gone.id, body: ciphertext(world), id: world.dms[1] },
    ]
    return byAll(world, 'POST /v1/batch', { body: { items } })
  },
  'dm.send': (world) => [
    { line: `POST /v1/dm/${world.gone.id}`, as: world.peer, body: { body: ciphertext(world) } },
    { line: `POST /v1/dm/${world.gone.id}`, as: world.peer, body: { body: ciphertext(world), id: world.dms[1] } },
    { line: `POST /v1/dm/${world.peer.id}`, as: world.gone, body: { body: ciphertext(world) } },
  ],
  'dm.list': (world) => [
    ...['/v1/dm?limit=200', `/v1/dm?peer=${world.gone.id}`, '/dm'].flatMap((path) => byAll(world, `GET ${path}`)),
  ],
  'dm.delete': (world) => world.dms.flatMap((id) => byAll(world, `DELETE /v1/dm/${id}`)),
  'prekeys.publish': ({ gone: as, installation, prekey }) => [
    { line: 'POST /v1/prekeys', as, body: { installation, prekeys: [prekey] } },
  ],
  'prekeys.mine': (world) => byAll(world, 'GET /v1/prekeys'),
  'events.sync': (world) => [
    ...byAll(world, `GET /v1/sync?cursor=${world.cursor}&limit=500`),
    ...byAll(world, `GET /v1/sync?cursor=${world.cursor}&limit=500&rooms=${world.rooms}`, allKeys(world)),
    ...byAll(world, `GET /v1/sync?cursor=${world.cursor}&max_tokens=1000`),
  ],
  'events.subscribe': (world) => [
    ...byAll(world, `GET /v1/stream?cursor=${world.cursor}`),
    ...byAll(world, `GET /v1/stream?cursor=${world.cursor}&rooms=${world.rooms}`, allKeys(world)),
  ],
  'presence.get': (world) => byAll(world, `GET /v1/presence?agents=${world.gone.id}`),
  'presence.set': (world) => [{ line: 'PUT /v1/presence', as: world.gone, body: { status: word } }],
  'session.open': (world) => byAll(world, 'GET /v1/ws'),
  'prekeys.list': (world) => byAll(world, `GET /v1/prekeys/${world.gone.id}`),
  'prekeys.take': (world) =>
    byAll(world, `POST /v1/prekeys/${world.gone.id}`, { body: { installation: world.installation } }),
  'prekeys.withdraw': (world) => byAll(world, `DELETE /v1/prekeys/${world.installation}`),
  'keyexchange.offer': (world) => [
    { line: `POST /v1/keyexchange/${world.gone.id}`, as: world.peer, body: world.offers[0]! },
    { line: `POST /v1/keyexchange/${world.peer.id}`, as: world.gone, body: world.offers[1]! },
  ],
  'keyexchange.list': (world) => byAll(world, 'GET /v1/keyexchange'),
  'keyexchange.accept': (world) =>
    world.exchanges.flatMap((id) => byAll(world, `POST /v1/keyexchange/${id}/accept`, { body: world.answer })),
  'keyexchange.decline': (world) =>
    world.exchanges.flatMap((id) => byAll(world, `POST /v1/keyexchange/${id}/decline`, { body: {} })),
  'invitation.create': (world) => [{ line: 'POST /v1/invitations', as: world.gone, body: {} }],
  'invitation.list': (world) => [
    ...byAll(world, 'GET /v1/invitations'),
    { line: 'GET /v1/invitations', as: world.admin },
  ],
  'invitation.revoke': (world) => [{ line: `DELETE /v1/invitations/${crypto.randomUUID()}`, as: world.admin }],
  'audit.list': (world) => [
    { line: 'GET /v1/audit?limit=1000', as: world.admin },
    { line: `GET /v1/audit?agent=${world.gone.id}`, as: world.admin },
    { line: 'GET /v1/audit?format=csv', as: world.admin },
  ],
  'audit.checkpoints': (world) => byAll(world, 'GET /v1/audit/checkpoints'),
  'limits.get': (world) => byAll(world, 'GET /v1/limits'),
  'instance.stats': (world) => byAll(world, 'GET /v1/stats'),
  'instance.health': (world) => byAll(world, 'GET /v1/health'),
  'instance.info': (world) => byAll(world, 'GET /v1/api'),
}
const pages = ['/', '/docs', '/metrics', '/privacy', '/llms.txt', '/skill.md']

async function settle(url: string): Promise<World> {
  const { cursor } = (await send(url, 'GET /v1/room/global')).body
  const [peer, gone] = [await newAgent(url, 'peer'), await newAgent(url, word)]
  const admin = await identityFromSeed(adminSeed)
  const ask = async (as: Identity, line: string, body: unknown) => (await send(url, line, { as, body })).body
  const profile = { email: `${word}@example.org`, description: word, homepage: `https://${word}.example/` }
  await send(url, 'POST /v1/register', { as: admin, keyid: admin.did, body: { public_key: toBase64(admin.publicKey) } })
  await ask(gone, `PATCH /v1/agent/${gone.id}`, profile)
  const make = async (as: Identity, more: object = {}) => (await ask(as, 'POST /v1/room', { name: 'room', ...more })).id
  const closed = { is_private: true, key: roomKey }
  const rooms = ['global', await make(gone), await make(peer), await make(gone, closed), await make(peer, closed)]
  const said: string[] = []
  for (const room of rooms) {
    for (const as of [gone, peer])
      await send(url, `POST /v1/room/${room}/join`, { as, headers: { 'x-aicq-room-key': roomKey } })
    said.push((await ask(gone, `POST /v1/room/${room}`, { body: word })).id)
    const { id } = await ask(peer, `POST /v1/room/${room}`, { body: 'an answer', pid: said.at(-1) })
    await ask(gone, `POST /v1/room/${room}/${id}/ack`, { state: 'failed', note: word })
  }
  const dms = [
    (await ask(gone, `POST /v1/dm/${peer.id}`, { id: newMessageId(), body: encryptDm(peer.publicKey, 'x') })).id,
    (await ask(peer, `POST /v1/dm/${gone.id}`, { id: newMessageId(), body: encryptDm(gone.publicKey, 'x') })).id,
  ]
  const operation = await closeKeys(await verifyKeyHistory(gone.id, [await createKeys(gone)]), gone, false)
  const times = { created: Date.now(), expires: Date.now() + 3_600_000 }
  const installation = crypto.randomUUID()
  const { prekey } = await newPrekey(gone, { purpose: 'signed', installation, ...times })
  await ask(gone, 'PUT /v1/presence', { status: word, for: 3_600 })
  await ask(gone, 'POST /v1/prekeys', { installation, prekeys: [prekey] })
  await ask(peer, `POST /v1/prekeys/${gone.id}`, { installation })
  const offers: object[] = []
  const exchanges: string[] = []
  for (const [by, whom] of [
    [peer, gone],
    [gone, peer],
  ] as const) {
    const { to, from: _, ...offer } = (await newKeyOffer(by, { to: whom.id, purpose: 'walk', ...times })).offer
    offers.push(offer)
    exchanges.push((await ask(by, `POST /v1/keyexchange/${to}`, offer)).id)
  }
  const [exchange] = (await send(url, 'GET /v1/keyexchange?direction=received', { as: peer })).body.exchanges
  const { answer } = await answerKeyOffer(peer, exchange, gone.did, Date.now())
  const sessions = { installation, prekey, offers, exchanges, answer }
  return { url, gone, peer, admin, rooms, said, dms, operation, cursor, ...sessions }
}

const adminSeed = newSeed()

/** What a stream gives until the end of the log, which is marked by something that the peer says. */
async function begunStream(
  { url, peer, rooms }: World,
  line: string,
  request: Omit<Request, 'line'>,
): Promise<{ body: unknown }> {
  const body = crypto.randomUUID()
  const headers = { 'x-aicq-room-key': roomKey }
  await send(url, `POST /v1/room/${rooms.at(-1)}`, { as: peer, body: { body }, headers })
  try {
    await using stream = await follow(url, line.split('?')[1]!, request)
    await stream.until(({ message }) => message?.body === body)
    return { body: stream.events }
  } catch (error) {
    return { body: (error as { problem: unknown }).problem }
  }
}

/** What an answer shows of the agent that is gone, and the request did not say itself. In the `pid` of an answer the id of its message stays, and one event says that it was erased. */
async function shownBy(world: World, { line, ...request }: Request): Promise<string[]> {
  const { url, gone, said, dms } = world
  const { body } = line.startsWith('GET /v1/stream')
    ? await begunStream(world, line, request)
    : await send(url, line, request)
  const text = (typeof body === 'string' ? body : JSON.stringify(body)).replaceAll(
    /"pid":"\w+"|"type":"agent.erased","ts":\d+,"agent":"[^"]+"/g,
    '',
  )
  // a did:key says the id as well, and so does a signature
  const given = `${line} ${JSON.stringify(request.body)} ${request.as === gone ? gone.did : ''}`.replaceAll(
    gone.did,
    `$& ${gone.id}`,
  )
  const traces = [word, gone.id, gone.did, toBase64(gone.publicKey), ...said, dms[0]!]
  return traces.filter((trace) => text.includes(trace) && !given.includes(trace))
}

test('after an erasure no operation and no page shows anything of the agent, to nobody', async () => {
  const admin = await identityFromSeed(adminSeed)
  await using server = await startTestServer({ ADMIN_AGENT_ID: admin.id })
  const world = await settle(server.url)
  const shows = new Set<string>()
  for (const { name, writes } of operations) {
    const way = ways[name]
    assert.ok(way, `${name} is new: say in this test how it would show an agent that has left`)
    if (writes) continue
    for (const request of way(world)) if ((await shownBy(world, request)).length > 0) shows.add(name)
  }
  const needed =
    'agent.get agent.keys agent.me keyexchange.list agent.export presence.get room.mine room.get room.members message.list message.search dm.list events.sync events.subscribe audit.list instance.stats'
  for (const name of needed.split(' ')) assert.ok(shows.has(name), `${name} shows the agent before, or proves nothing`)
  await eventually(async () => (await send(server.url, 'GET /v1/stats')).body.total_agents === 3)
  assert.equal((await send(server.url, `DELETE /v1/agent/${world.gone.id}`, { as: world.gone })).status, 204)
  for (const { name } of operations)
    for (const request of ways[name]!(world))
      assert.deepEqual(await shownBy(world, request), [], `${name}: ${request.line} by ${request.as?.id ?? 'nobody'}`)
  for (const page of pages) assert.deepEqual(await shownBy(world, { line: `GET ${page}` }), [], page)
  await eventually(async () => (await send(server.url, 'GET /v1/stats')).body.total_agents === 2)
})
