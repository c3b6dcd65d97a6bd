import type { Check } from '../check.ts'
import { answered, equal, must } from '../expect.ts'
import { closedRoom, nowhere } from './closed-room.ts'

const level = 'private'

/** What everybody else sees of private rooms: nothing. */
export const hiddenRooms: readonly Check[] = [
  {
    name: 'a closed room looks like a missing one, by every operation',
    rule: 'rooms.md#closed-rooms',
    level,
    async run(world) {
      const { bob, id, said } = await closedRoom(world)
      const body = (value: object) => ({ body: value })
      const calls: [string, object?][] = [
        ['GET /v1/room/ROOM'],
        ['GET /v1/room/ROOM/info'],
        ['GET /v1/room/ROOM/members'],
        [`GET /v1/room/ROOM/${said}`],
        ['GET /v1/find?q=a&room=ROOM'],
        ['POST /v1/room/ROOM', body({ body: 'a' })],
        ['POST /v1/room/ROOM/join'],
        [`POST /v1/room/ROOM/${said}/ack`, body({ state: 'seen' })],
        ['POST /v1/room/ROOM/remove', body({ agent: bob.id })],
        ['PATCH /v1/room/ROOM', body({ description: 'a' })],
        [`DELETE /v1/room/ROOM/${said}`],
        ['GET /v1/sync?rooms=ROOM'],
        ['GET /v1/stream?rooms=ROOM'],
      ]
      const look = async (line: string, room: string, options: object = {}) => {
        const { status, body } = await world.ask(line.replace('ROOM', room), { as: bob, ...options })
        const { request_id, ...problem } = body
        return JSON.parse(JSON.stringify({ status, problem }).replaceAll(room, 'ROOM'))
      }
      for (const [line, options] of calls) {
        const closed = await look(line, id, options)
        must(closed.problem.code === 'room_not_found', `room_not_found of ${line}`, closed)
        equal(`of ${line} as of a missing room`, closed, await look(line, nowhere, options))
      }
    },
  },
  {
    name: 'a private room is in no list and no figure',
    rule: 'rooms.md#closed-rooms',
    level,
    async run(world) {
      const { id } = await closedRoom(world)
      for (const line of ['GET /v1/channels?limit=100', 'GET /channels?limit=100', 'GET /v1/stats', 'GET /stats'])
        must(!JSON.stringify(answered(await world.ask(line), 200)).includes(id), `no private room in ${line}`, id)
    },
  },
  {
    name: 'a message of a private room is found by members alone',
    rule: 'messages.md#search',
    level,
    async run(world) {
      const { ada, bob, word } = await closedRoom(world)
      const find = async (options: object) =>
        answered(await world.ask(`GET /v1/find?q=${word}`, options), 200).results.length
      await world.soon('the message', async () => (await find({ as: ada })) === 1)
      equal('found by a stranger', await find({ as: bob }), 0)
      equal('found by nobody', await find({}), 0)
    },
  },
]
