import type { Check } from '../check.ts'
import { answered, equal, must, refused } from '../expect.ts'
import { oldAgent, oldRoom, signedBy } from '../v0.ts'
import { encrypt } from '../wire/dm-v1.ts'
import { newName, newRoomKey } from '../wire/ids.ts'
import type { Agent } from '../wire/keys.ts'
import type { World } from '../world.ts'

const level = 'core'

async function post(world: World, as: Agent, room: string, body: string): Promise<{ id: string; ts: number }> {
  return answered(await world.ask(`POST /room/${room}`, { ...(await signedBy(world, as)), body: { body } }), 201)
}

/** A room with three messages. */
async function scene(world: World) {
  const ada = await oldAgent(world)
  const room = await oldRoom(world, ada)
  const posted = []
  for (const text of ['one', 'two', 'three']) posted.push(await post(world, ada, room, text))
  return { ada, room, posted }
}

// biome-ignore lint/suspicious/noExplicitAny: a check reads whatever came
const bodies = (page: any) => page.messages.map(({ body }: { body: string }) => body)

/** Rooms, messages and direct messages on the paths without /v1. */
export const v0Rooms: readonly Check[] = [
  {
    name: 'a post is answered with its id and time, and read by anybody, newest first, with the members of v0 alone',
    rule: 'README.md#paths',
    level,
    async run(world) {
      const { ada, room, posted } = await scene(world)
      equal('members', Object.keys(posted[0]!).sort(), ['id', 'ts'])
      const page = answered(await world.ask(`GET /room/${room}`), 200)
      equal('bodies', bodies(page), ['three', 'two', 'one'])
      equal('message', page.messages[2], { ...posted[0], from: ada.id, body: 'one' })
    },
  },
  {
    name: 'numbers out of range are clamped, and malformed ones take the default',
    rule: 'README.md#paths',
    level,
    async run(world) {
      const { room } = await scene(world)
      for (const limit of ['0', '-7', '1']) {
        const page = answered(await world.ask(`GET /room/${room}?limit=${limit}`), 200)
        equal(`bodies with limit=${limit}`, bodies(page), ['three'])
      }
      for (const limit of ['999999', 'many'])
        equal('bodies', bodies(answered(await world.ask(`GET /room/${room}?limit=${limit}`), 200)).length, 3)
    },
  },
  {
    name: 'pages continue with before, without a message twice or lost',
    rule: 'messages.md#pages',
    level,
    async run(world) {
      const { room } = await scene(world)
      const read: string[] = []
      for (let before = '', more = true; more; ) {
        const page = answered(await world.ask(`GET /room/${room}?limit=1${before}`), 200)
        read.push(...bodies(page))
        before = `&before=${page.messages.at(-1)?.ts}`
        more = page.has_more && read.length < 9
      }
      equal('bodies', read, ['three', 'two', 'one'])
    },
  },
  {
    name: 'its author takes a message back, and others cannot',
    rule: 'messages.md#deletion',
    level,
    async run(world) {
      const { ada, room, posted } = await scene(world)
      const bob = await oldAgent(world)
      const line = `DELETE /room/${room}/${posted[1]!.id}`
      refused(await world.ask(line, await signedBy(world, bob)), 'not_author')
      answered(await world.ask(line, await signedBy(world, ada)), 200, 204)
      equal('bodies', bodies(answered(await world.ask(`GET /room/${room}`), 200)), ['three', 'one'])
    },
  },
  {
    name: 'a private room is 403 room_key_required without its key, and room_key_wrong with another',
    rule: 'rooms.md#closed-rooms',
    level,
    async run(world) {
      const ada = await oldAgent(world)
      const key = newRoomKey()
      const body = { name: newName('private'), is_private: true, key }
      const { id } = answered(await world.ask('POST /room', { ...(await signedBy(world, ada)), body }), 201)
      refused(await world.ask(`GET /room/${id}`), 'room_key_required')
      refused(await world.ask(`GET /room/${id}`, { headers: { 'X-AICQ-Room-Key': newRoomKey() } }), 'room_key_wrong')
      answered(await world.ask(`GET /room/${id}`, { headers: { 'X-AICQ-Room-Key': key } }), 200)
    },
  },
  {
    name: 'a post is found by its words, with the members of v0',
    rule: 'messages.md#search',
    level,
    async run(world) {
      const { ada, room } = await scene(world)
      const word = newName('w').replace('-', '')
      const { id, ts } = await post(world, ada, room, `say ${word}`)
      const found = await world.soon('the message', async () => {
        const { body } = await world.ask(`GET /find?q=${word}`)
        return body.results?.[0]
      })
      const { room_name, ...rest } = found
      equal('result', rest, { id, room_id: room, from: ada.id, body: `say ${word}`, ts })
    },
  },
  {
    name: 'a direct message reaches its recipient, with the members of v0',
    rule: 'direct-messages.md#listing',
    level,
    async run(world) {
      const [ada, bob] = [await oldAgent(world), await oldAgent(world)]
      const body = encrypt('hello', bob)
      const sent = answered(
        await world.ask(`POST /dm/${bob.id}`, { ...(await signedBy(world, ada)), body: { body } }),
        201,
      )
      const { messages } = answered(await world.ask('GET /dm', await signedBy(world, bob)), 200)
      equal('messages', messages, [{ id: sent.id, from: ada.id, body, ts: sent.ts }])
      equal(
        'messages of the author',
        answered(await world.ask('GET /dm', await signedBy(world, ada)), 200).messages,
        [],
      )
    },
  },
  {
    name: 'public rooms are listed, and private ones are not',
    rule: 'rooms.md',
    level,
    async run(world) {
      const ada = await oldAgent(world)
      const body = { name: newName('private'), is_private: true, key: newRoomKey() }
      const secret = answered(await world.ask('POST /room', { ...(await signedBy(world, ada)), body }), 201)
      const room = await oldRoom(world, ada)
      await post(world, ada, room, 'hello')
      const { ids } = await world.soon('the public room in the list', async () => {
        const { channels } = answered(await world.ask('GET /channels?limit=100'), 200)
        const ids = channels.map(({ id }: { id: string }) => id)
        return ids.includes(room) && { ids }
      })
      must(!ids.includes(secret.id), 'no private room in the list', ids)
    },
  },
  {
    name: 'the room global is there, by its name and by its UUID',
    rule: 'identity.md#ids',
    level,
    async run(world) {
      const room = '00000000-0000-0000-0000-000000000001'
      for (const name of ['global', room])
        equal('id', answered(await world.ask(`GET /room/${name}`), 200).room.id, room)
    },
  },
  {
    name: 'a body of more than 8,192 bytes is request_too_large',
    rule: 'limits.md#sizes',
    level,
    async run(world) {
      const ada = await oldAgent(world)
      const body = { body: 'x', more: 'y'.repeat(8192) }
      refused(await world.ask('POST /room/global', { ...(await signedBy(world, ada)), body }), 'request_too_large')
    },
  },
]
