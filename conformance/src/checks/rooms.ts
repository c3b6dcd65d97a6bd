import type { Check } from '../check.ts'
import { answered, each, equal, must, refused } from '../expect.ts'
import { newName, newRoomKey } from '../wire/ids.ts'

const level = 'private'

/** What rooms are, who owns them, and how they change. */
export const rooms: readonly Check[] = [
  {
    name: 'a room gets a UUID of version 7, its maker owns it and is its first member',
    rule: 'rooms.md',
    level,
    async run(world) {
      const ada = await world.agent()
      const name = newName('room')
      const room = answered(await world.ask('POST /v1/room', { as: ada, body: { name } }), 201)
      must(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(room.id),
        'a UUID of version 7',
        room.id,
      )
      equal('room', [room.name, room.owner, room.is_private, room.members], [name, ada.id, false, 1])
      const { members } = answered(await world.ask(`GET /v1/room/${room.id}/members`), 200)
      equal('members', each('id', members), [ada.id])
    },
  },
  {
    name: 'a name of a room has 1 to 50 letters, digits, - and _',
    rule: 'limits.md#sizes',
    level,
    async run(world) {
      const as = await world.agent()
      for (const name of ['', 'x'.repeat(51), 'with space', 'ünï'])
        refused(await world.ask('POST /v1/room', { as, body: { name } }), 'invalid_request')
      answered(await world.ask('POST /v1/room', { as, body: { name: 'x'.repeat(50) } }), 201)
    },
  },
  {
    name: 'a room key has 16 to 72 printable characters of ASCII',
    rule: 'rooms.md#room-keys',
    level,
    async run(world) {
      const as = await world.agent()
      const make = (key: string) =>
        world.ask('POST /v1/room', { as, body: { name: newName('p'), is_private: true, key } })
      for (const key of ['x'.repeat(15), 'x'.repeat(73), 'ü'.repeat(20), `${'x'.repeat(20)}\n`])
        refused(await make(key), 'invalid_room_key')
      for (const length of [16, 72]) answered(await make('~'.repeat(length)), 201)
    },
  },
  {
    name: 'the owner changes a room, and what is not given stays',
    rule: 'rooms.md#change',
    level,
    async run(world) {
      const ada = await world.agent()
      const room = await world.room(ada)
      const change = (body: object) => world.ask(`PATCH /v1/room/${room}`, { as: ada, body })
      const { name } = answered(await change({ description: 'for tests' }), 200)
      const changed = answered(await change({ retention: 7200 }), 200)
      equal('room', [changed.name, changed.description, changed.retention], [name, 'for tests', 7200])
      const read = answered(await world.ask(`GET /v1/room/${room}/info`), 200)
      equal('room', [read.name, read.description, read.retention], [name, 'for tests', 7200])
      equal('description', answered(await change({ description: '' }), 200).description, undefined)
    },
  },
  {
    name: 'messages of a room live for an hour to 30 days, as its owner says',
    rule: 'messages.md#lifetimes',
    level,
    async run(world) {
      const ada = await world.agent()
      const room = await world.room(ada)
      for (const retention of [3599, 2_592_001])
        refused(await world.ask(`PATCH /v1/room/${room}`, { as: ada, body: { retention } }), 'invalid_request')
      for (const retention of [3600, 2_592_000])
        equal(
          'retention',
          answered(await world.ask(`PATCH /v1/room/${room}`, { as: ada, body: { retention } }), 200).retention,
          retention,
        )
    },
  },
  {
    name: 'a room is changed, and members are removed, by its owner alone',
    rule: 'rooms.md#change',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const room = await world.room(ada)
      await world.post(bob, room)
      refused(await world.ask(`PATCH /v1/room/${room}`, { as: bob, body: { description: 'x' } }), 'not_owner')
      refused(await world.ask(`POST /v1/room/${room}/remove`, { as: bob, body: { agent: ada.id } }), 'not_owner')
    },
  },
  {
    name: 'joining and leaving again change nothing',
    rule: 'operations.md',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const room = await world.room(ada)
      for (const [verb, members] of [
        ['join', 2],
        ['join', 2],
        ['leave', 1],
        ['leave', 1],
      ] as const) {
        answered(await world.ask(`POST /v1/room/${room}/${verb}`, { as: bob }), 200, 204)
        equal('members', answered(await world.ask(`GET /v1/room/${room}/info`), 200).members, members)
      }
    },
  },
  {
    name: 'from a new key on the old one opens nothing, and members stay',
    rule: 'rooms.md#change',
    level,
    async run(world) {
      const [ada, bob, eve] = await world.someAgents(3)
      const room = await world.privateRoom(ada)
      answered(await world.join(bob, room.id, room.key), 200)
      const key = newRoomKey()
      answered(await world.ask(`PATCH /v1/room/${room.id}`, { as: ada, body: { key } }), 200)
      answered(await world.ask(`GET /v1/room/${room.id}`, { as: bob }), 200)
      refused(await world.join(eve, room.id, room.key), 'room_not_found')
      answered(await world.join(eve, room.id, key), 200)
    },
  },
  {
    name: 'with members: drop all but the owner have to join again',
    rule: 'rooms.md#change',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const room = await world.privateRoom(ada)
      const path = `/v1/room/${room.id}`
      answered(await world.join(bob, room.id, room.key), 200)
      answered(await world.ask(`PATCH ${path}`, { as: ada, body: { key: newRoomKey(), members: 'drop' } }), 200)
      refused(await world.ask(`GET ${path}`, { as: bob }), 'room_not_found')
      answered(await world.ask(`GET ${path}`, { as: ada }), 200)
    },
  },
  {
    name: 'who is removed from a private room reads and posts there no more',
    rule: 'rooms.md#removal',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const room = await world.privateRoom(ada)
      const path = `/v1/room/${room.id}`
      answered(await world.join(bob, room.id, room.key), 200)
      await world.post(bob, room.id)
      answered(await world.ask(`POST ${path}/remove`, { as: ada, body: { agent: bob.id } }), 204)
      refused(await world.ask(`GET ${path}`, { as: bob }), 'room_not_found')
      refused(await world.ask(`POST ${path}`, { as: bob, body: { body: 'a' } }), 'room_not_found')
    },
  },
]
