import type { Check } from '../check.ts'
import { answered, each, equal, must, refused } from '../expect.ts'
import { encrypt } from '../wire/dm-v1.ts'
import { newNonce } from '../wire/ids.ts'
import type { World } from '../world.ts'

const rule = 'realtime.md#rpc-over-http'
const level = 'realtime'

/** An agent, its room, and JSON-RPC over HTTP. */
async function scene(world: World) {
  const { as, room } = await world.agentWithRoom()
  const call = (id: number | undefined, method: string, params: object = {}) => ({ jsonrpc: '2.0', id, method, params })
  return {
    as,
    room,
    call,
    post: (id: number | undefined, body: string) => call(id, 'message.post', { room, body }),
    rpc: (body: unknown, options: object = {}) => world.ask('POST /v1/rpc', { as, body, ...options }),
    bodies: async () => each('body', answered(await world.ask(`GET /v1/room/${room}?order=asc`), 200).messages),
  }
}

/** Operations as calls of JSON-RPC, and batches of messages. */
export const rpc: readonly Check[] = [
  {
    name: 'a call is answered with what the operation replies, or with its problem document',
    rule: 'realtime.md#answers-of-rpc',
    level,
    async run(world) {
      const { as, room, call, post, rpc } = await scene(world)
      const reply = answered(await rpc(post(7, 'hello')), 200)
      equal('reply', [reply.jsonrpc, reply.id, reply.result?.body, reply.result?.from], ['2.0', 7, 'hello', as.id])
      const { error } = answered(await rpc(call(8, 'message.get', { room, message: world.id() })), 200)
      equal('error', [error.code, error.data?.code, error.data?.status], [-32000, 'message_not_found', 404])
    },
  },
  {
    name: 'the calls of a batch have results of their own, and posts to a room get rising numbers',
    rule: 'realtime.md#order-of-items',
    level,
    async run(world) {
      const { call, post, rpc, bodies } = await scene(world)
      const texts = ['a', 'b', 'c', 'd', 'e']
      const replies = answered(
        await rpc([...texts.map((text, at) => post(at, text)), call(9, 'agent.get', { agent: 'x' })]),
        200,
      )
      const seqs = texts.map((_, at) => replies.find(({ id }: { id: number }) => id === at)?.result?.seq)
      equal('seq', seqs, [1, 2, 3, 4, 5])
      equal('error', replies.find(({ id }: { id: number }) => id === 9)?.error?.data?.code, 'invalid_id')
      equal('messages', await bodies(), texts)
    },
  },
  {
    name: 'a notification is done and not answered',
    rule: 'realtime.md#answers-of-rpc',
    level,
    async run(world) {
      const { post, rpc, bodies } = await scene(world)
      answered(await rpc(post(undefined, 'quiet')), 204)
      equal('messages', await bodies(), ['quiet'])
    },
  },
  {
    name: 'what is not JSON-RPC has the codes of its specification',
    rule: 'realtime.md#answers-of-rpc',
    level,
    async run(world) {
      const { call, rpc } = await scene(world)
      const codes: [number, unknown][] = [
        [-32700, '{'],
        [-32700, '{"jsonrpc":"2.0","id":1,"id":2,"method":"agent.me"}'],
        [-32600, { jsonrpc: '1.0', id: 1, method: 'agent.me' }],
        [-32600, '[]'],
        [-32601, call(1, 'agent.dance')],
        [-32602, { jsonrpc: '2.0', id: 1, method: 'agent.me', params: [] }],
        [-32600, Array.from({ length: 101 }, (_, at) => call(at, 'instance.info'))],
      ]
      for (const [code, body] of codes) equal('code', answered(await rpc(body), 200).error?.code, code)
    },
  },
  {
    name: 'a request that arrives again repeats no call of it',
    rule,
    level,
    async run(world) {
      const { post, rpc, bodies } = await scene(world)
      const nonce = newNonce()
      const batch = [post(1, 'once'), post(2, 'and once')]
      answered(await rpc(batch, { nonce }), 200)
      for (const { error } of answered(await rpc(batch, { nonce }), 200)) equal('code', error?.data?.code, 'nonce_used')
      equal('messages', await bodies(), ['once', 'and once'])
    },
  },
  {
    name: 'who does not sign calls what needs no signature',
    rule,
    level,
    async run(world) {
      const { call } = await scene(world)
      const body = [call(1, 'instance.info'), call(2, 'agent.me')]
      const replies = answered(await world.ask('POST /v1/rpc', { body }), 200)
      const to = (id: number) => replies.find((reply: { id: number }) => reply.id === id)
      must(typeof to(1)?.result?.version === 'string', 'a result', replies)
      equal('code', to(2)?.error?.data?.code, 'signature_missing')
    },
  },
  {
    name: 'a request that cannot be read as one is refused as a whole',
    rule: 'realtime.md#answers-of-rpc',
    level,
    async run(world) {
      const { call, rpc } = await scene(world)
      refused(await rpc(call(1, 'agent.me'), { headers: { 'Content-Type': 'text/plain' } }), 'unsupported_media_type')
      refused(await rpc(`${JSON.stringify(call(1, 'agent.me'))}${' '.repeat(524_288)}`), 'request_too_large')
    },
  },
  {
    name: 'the key of a private room is a parameter',
    rule,
    level,
    async run(world) {
      const { as, rpc, call } = await scene(world)
      const { id, key } = await world.privateRoom(as)
      const bob = await world.agent()
      const read = async (params: object) =>
        answered(await rpc(call(1, 'room.get', { room: id, ...params }), { as: bob }), 200)
      equal('room', (await read({ room_key: key })).result?.id, id)
      equal('code', (await read({})).error?.data?.code, 'room_not_found')
    },
  },
  {
    name: 'a batch of messages says things in rooms and to agents, each with its own result',
    rule: 'realtime.md#batches-of-messages',
    level,
    async run(world) {
      const { as, room, bodies } = await scene(world)
      const bob = await world.agent()
      const items = [
        { room, body: 'a' },
        { agent: bob.id, body: encrypt('x', bob) },
        { room, body: '' },
        { room, body: 'b' },
      ]
      const nonce = newNonce()
      const { results } = answered(await world.ask('POST /v1/batch', { as, nonce, body: { items } }), 200)
      const shown = results.map(
        (one: { message?: { seq: number }; dm?: { to: string }; error?: { code: string } }) =>
          one.message?.seq ?? one.dm?.to ?? one.error?.code,
      )
      equal('results', shown, [1, bob.id, 'invalid_request', 2])
      const again = answered(await world.ask('POST /v1/batch', { as, nonce, body: { items } }), 200)
      for (const at of [0, 1, 3]) equal('code', again.results[at].error?.code, 'nonce_used')
      equal('messages', await bodies(), ['a', 'b'])
      const many = Array.from({ length: 101 }, () => ({ room, body: 'a' }))
      refused(await world.ask('POST /v1/batch', { as, body: { items: many } }), 'invalid_request')
    },
  },
]
