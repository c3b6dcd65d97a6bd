import type { Check } from '../check.ts'
import { answered, each, equal, must, refused } from '../expect.ts'
import { newRoomKey } from '../wire/ids.ts'
import { closedRoom, nowhere } from './closed-room.ts'

const rule = 'rooms.md#access'
const level = 'private'

const withKey = (key: string) => ({ headers: { 'X-AICQ-Room-Key': key } })

/** Who may read and post in private rooms. */
export const privateRooms: readonly Check[] = [
  {
    name: 'members read and post, without sending the key',
    rule,
    level,
    async run(world) {
      const { bob, id, key, said } = await closedRoom(world)
      answered(await world.join(bob, id, key), 200)
      answered(await world.ask(`GET /v1/room/${id}/${said}`, { as: bob }), 200)
      await world.post(bob, id)
    },
  },
  {
    name: 'who sends the key reads and posts, and is no member by that',
    rule: 'rooms.md#room-keys',
    level,
    async run(world) {
      const { bob, id, key } = await closedRoom(world)
      answered(await world.ask(`GET /v1/room/${id}`, withKey(key)), 200)
      answered(await world.ask(`POST /v1/room/${id}`, { as: bob, body: { body: 'a' }, ...withKey(key) }), 201)
      refused(await world.ask(`GET /v1/room/${id}`, { as: bob }), 'room_not_found')
    },
  },
  {
    name: 'a wrong key is room_not_found, with the words of a room that is missing',
    rule: 'rooms.md#closed-rooms',
    level,
    async run(world) {
      const { bob, id } = await closedRoom(world)
      const look = async (room: string) => {
        const answer = await world.join(bob, room, newRoomKey())
        refused(answer, 'room_not_found')
        return answer.body.detail.replaceAll(room, 'ROOM')
      }
      equal('detail', await look(id), await look(nowhere))
    },
  },
  {
    name: 'an agent finds the rooms that it is in, private ones too, and none besides',
    rule: 'rooms.md#own-rooms',
    level,
    async run(world) {
      const { ada, bob, id, key } = await closedRoom(world)
      const open = await world.room(ada)
      const mine = async (as: typeof ada) => {
        const found: { id: string }[] = []
        for (let next: string | undefined, pages = 0; pages < 9; pages++) {
          const query = `?limit=1${next === undefined ? '' : `&next=${encodeURIComponent(next)}`}`
          const page = answered(await world.ask(`GET /v1/me/rooms${query}`, { as }), 200)
          must(Array.isArray(page.rooms), 'a list of rooms', page.rooms)
          found.push(...page.rooms)
          next = page.next
          if (next === undefined) break
        }
        return found
      }
      const ids = async (as: typeof ada) => each('id', await mine(as))
      const infos = [id, open].toSorted().map((room) => world.ask(`GET /v1/room/${room}/info`, { as: ada }))
      const shown = (await Promise.all(infos)).map((answer) => answered(answer, 200))
      const steady = (all: readonly object[]) => all.map((room) => ({ ...room, last_active: undefined })) // may come later
      equal('rooms of their maker', steady(await mine(ada)), steady(shown))
      answered(await world.ask(`GET /v1/room/${id}`, { as: bob, ...withKey(key) }), 200)
      equal('rooms of a reader', await ids(bob), [])
      answered(await world.join(bob, id, key), 200)
      equal('rooms of a member', await ids(bob), [id])
      answered(await world.ask(`POST /v1/room/${id}/remove`, { as: ada, body: { agent: bob.id } }), 204)
      equal('rooms after a removal', await ids(bob), [])
      refused(await world.ask('GET /v1/me/rooms'), 'signature_missing')
    },
  },
  {
    name: 'an author deletes its message even where the room has been closed to it',
    rule,
    level,
    async run(world) {
      const { ada, bob, id, key, said } = await closedRoom(world)
      answered(await world.join(bob, id, key), 200)
      const mine = await world.post(bob, id)
      answered(await world.ask(`POST /v1/room/${id}/remove`, { as: ada, body: { agent: bob.id } }), 204)
      refused(await world.ask(`DELETE /v1/room/${id}/${said}`, { as: bob }), 'room_not_found')
      answered(await world.ask(`DELETE /v1/room/${id}/${mine.id}`, { as: bob }), 204)
      refused(await world.ask(`GET /v1/room/${id}/${mine.id}`, { as: ada }), 'message_not_found')
    },
  },
]
