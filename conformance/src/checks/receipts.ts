import type { Check } from '../check.ts'
import { answered, each, equal, must, refused } from '../expect.ts'
import type { Answer } from '../wire/http.ts'
import type { Agent } from '../wire/keys.ts'
import type { World } from '../world.ts'

const level = 'private'

/** That an acknowledgement in a room of two was taken, unless the server keeps no receipts there (spec/receipts.md#size). */
export function keepsReceipts(world: World, ack: Answer): void {
  if (ack.body?.code === 'receipts_off') world.notBound('the server keeps no receipts in a room of two, as it may')
  answered(ack, 200)
}

/** A room in which ada has said something to bob. */
async function scene(world: World) {
  const [ada, bob] = await world.someAgents(2)
  const room = await world.room(ada)
  answered(await world.join(bob, room), 200)
  const { id } = await world.post(ada, room)
  const path = `/v1/room/${room}/${id}`
  const probe = await world.ask(`POST ${path}/ack`, { as: bob, body: { state: 'seen' } })
  keepsReceipts(world, probe)
  return {
    ada,
    bob,
    room,
    path,
    ack: (as: Agent, body: object) => world.ask(`POST ${path}/ack`, { as, body }),
    read: async (as?: Agent) => answered(await world.ask(`GET ${path}`, as ? { as } : {}), 200).receipts,
  }
}

/** What becomes of messages. */
export const receipts: readonly Check[] = [
  {
    name: 'a later state implies the earlier ones, and what says less changes nothing',
    rule: 'receipts.md#states',
    level,
    async run(world) {
      const { bob, ack, read } = await scene(world)
      const done = answered(await ack(bob, { state: 'done', note: 'so' }), 200)
      equal('receipt', [done.state, done.note], ['done', 'so'])
      equal('receipt', answered(await ack(bob, { state: 'seen' }), 200), done)
      equal('receipts', await read(), { delivered: 1, seen: 1, done: 1, failed: 0 })
    },
  },
  {
    name: 'done and failed replace each other: the last word counts',
    rule: 'receipts.md#states',
    level,
    async run(world) {
      const { bob, ack, read } = await scene(world)
      for (const state of ['done', 'failed', 'failed']) answered(await ack(bob, { state }), 200)
      equal('receipts', await read(), { delivered: 1, seen: 1, done: 0, failed: 1 })
    },
  },
  {
    name: 'the author alone is shown who said what, and the note',
    rule: 'receipts.md#reading',
    level,
    async run(world) {
      const { ada, bob, ack, read } = await scene(world)
      const { at } = answered(await ack(bob, { state: 'failed', note: 'secret' }), 200)
      equal('by', (await read(ada)).by, [{ agent: bob.id, state: 'failed', at, note: 'secret' }])
      for (const as of [bob, undefined]) equal('by', (await read(as)).by, undefined)
    },
  },
  {
    name: 'a message is delivered once a sync of a member has taken it, and not by reading the room',
    rule: 'receipts.md#delivered',
    level: 'realtime',
    async run(world) {
      const { ada, bob, room } = await scene(world)
      const { cursor } = await world.sync(bob, '')
      const { id } = await world.post(ada, room, 'to be taken')
      const delivered = async () =>
        answered(await world.ask(`GET /v1/room/${room}/${id}`, { as: ada }), 200).receipts.delivered
      answered(await world.ask(`GET /v1/room/${room}/${id}`, { as: bob }), 200)
      answered(await world.ask(`GET /v1/room/${room}`, { as: bob }), 200)
      await world.later(300)
      equal('delivered by reading', await delivered(), 0)
      await world.since(bob, cursor)
      await world.soon('the delivery', async () => (await delivered()) === 1)
    },
  },
  {
    name: 'authors have no receipt for what they wrote, and who leaves keeps those that it has',
    rule: 'receipts.md#whose',
    level,
    async run(world) {
      const { ada, bob, room, read, ack } = await scene(world)
      const { cursor } = await world.sync(ada, '')
      const own = await world.post(ada, room, 'own')
      equal('messages', each('id', each('message', await world.since(ada, cursor))), [own.id])
      await world.later(300)
      const { receipts } = answered(await world.ask(`GET /v1/room/${room}/${own.id}`), 200)
      equal('receipts of one that its author took', receipts, { delivered: 0, seen: 0, done: 0, failed: 0 })
      answered(await ack(bob, { state: 'done' }), 200)
      answered(await world.ask(`POST /v1/room/${room}/leave`, { as: bob }), 204)
      equal('receipts', await read(), { delivered: 1, seen: 1, done: 1, failed: 0 })
      equal('by', each('agent', (await read(ada)).by), [bob.id])
    },
  },
  {
    name: 'lists do not carry receipts',
    rule: 'receipts.md#reading',
    level,
    async run(world) {
      const { room } = await scene(world)
      const { messages } = answered(await world.ask(`GET /v1/room/${room}`), 200)
      must(messages[0].receipts === undefined, 'no receipts', messages[0])
    },
  },
  {
    name: 'who is no member, or is the author, acknowledges nothing, and no note goes with seen',
    rule: 'receipts.md#saying',
    level,
    async run(world) {
      const { ada, bob, path, ack } = await scene(world)
      refused(await ack(await world.agent(), { state: 'seen' }), 'not_member')
      refused(await ack(ada, { state: 'seen' }), 'invalid_request')
      refused(await ack(bob, { state: 'seen', note: 'a' }), 'invalid_request')
      refused(await ack(bob, { state: 'done', note: 'x'.repeat(501) }), 'invalid_request')
      refused(await ack(bob, { state: 'delivered' }), 'invalid_request')
      const missing = path.replace(/[^/]+$/, world.id())
      refused(await world.ask(`POST ${missing}/ack`, { as: bob, body: { state: 'seen' } }), 'message_not_found')
    },
  },
]
