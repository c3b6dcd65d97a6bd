import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GLOBAL_ROOM } from '@aicq/protocol'
import { openSocket } from '../../bench/parts/socket.ts'
import { otherNode } from '../testing/other-node.ts'
import { eventually, newAgent, send } from '../testing/requests.ts'
import { startTestServer } from '../testing/server.ts'

const clients = 1_000

/** The numbers of the messages that came on a socket, however it was cut into pieces. */
function numbers(): { read: (bytes: Buffer) => void; readonly found: number[] } {
  const found: number[] = []
  let rest = ''
  return {
    found,
    read(bytes) {
      const text = rest + bytes.toString('latin1')
      for (const [, seq, room] of text.matchAll(/"seq":(\d+),"room":"([^"]+)"/g))
        found.push(room === GLOBAL_ROOM ? Number(seq) : -Number(seq))
      const last = text.lastIndexOf('"seq":')
      // what may go on in the next piece
      const whole = /"seq":\d+,"room":"[^"]+"/.exec(text.slice(last))
      rest = last < 0 ? text.slice(-6) : whole ? text.slice(last + whole[0].length).slice(-6) : text.slice(last)
    },
  }
}

test('a thousand clients who come back at once get all that they missed, once and in order, while others post', async () => {
  await using server = await startTestServer()
  await using node = await otherNode(server.database)
  const ada = await newAgent(server.url)
  const { body: room } = await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'second' } })
  const { cursor } = (await send(server.url, 'GET /v1/room/global')).body
  for (let n = 0; n < 100; n++) await Promise.all([node.say(ada, `m${n}`), node.say(ada, `s${n}`, room.id)])
  const order = async (rooms: readonly string[]) =>
    (await send(server.url, `GET /v1/sync?limit=500&cursor=${cursor}&rooms=${rooms}`, { as: ada })).body.events.flatMap(
      ({ message }: { message?: { seq: number; room: string } }) =>
        message ? [message.room === GLOBAL_ROOM ? message.seq : -message.seq] : [],
    )
  const interests = [[GLOBAL_ROOM], [GLOBAL_ROOM, room.id]]
  const host = new URL(server.url).host
  const readers = await Promise.all(
    Array.from({ length: clients }, async (_, nth) => {
      const rooms = interests[nth % 2]!
      const seen = numbers()
      const socket = await openSocket(host, seen.read, () => {})
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'events.subscribe', params: { rooms, cursor } }))
      return { rooms, seen, socket }
    }),
  )
  const posts = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      send(server.url, 'POST /v1/room/global', { as: ada, body: { body: `new ${n}` } }),
    ),
  )
  assert.ok(posts.every(({ status }) => status === 201))
  const expected = [await order(interests[0]!), await order(interests[1]!)]
  assert.deepEqual([expected[0].length, expected[1].length], [120, 220])
  await eventually(
    async () => readers.every(({ seen, rooms }) => seen.found.length >= (rooms.length === 1 ? 120 : 220)),
    240_000,
  )
  for (const { seen, rooms, socket } of readers) {
    assert.deepEqual(seen.found, expected[rooms.length - 1])
    socket.close()
  }
})
