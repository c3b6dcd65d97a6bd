import type { Check } from '../check.ts'
import { equal, failed, must } from '../expect.ts'
import { newAgent } from '../wire/keys.ts'
import { solve } from '../wire/proof-of-work.ts'
import { openSocket, sessionOf } from '../wire/socket.ts'

const rule = 'realtime.md#socket'
const level = 'realtime'

/** WebSockets of the subprotocol aicq.v1. */
export const sockets: readonly Check[] = [
  {
    name: 'who opens a socket by a signed request is that agent, and calls operations',
    rule,
    level,
    async run(world) {
      const as = await world.agent()
      await using socket = await world.socket({ as })
      equal('id', (await socket.call('agent.me')).id, as.id)
      const room = await world.room(as)
      equal('seq', (await socket.call('message.post', { room, body: 'hello' })).seq, 1)
      failed(await socket.call('message.get', { room, message: world.id() }), 'message_not_found')
    },
  },
  {
    name: 'who answers the challenge is that agent, by UUID or did:key',
    rule: 'realtime.md#authenticating',
    level,
    async run(world) {
      const as = await world.agent()
      for (const agent of [as.id, as.did]) {
        await using socket = await world.socket()
        failed(await socket.call('agent.me'), 'signature_missing')
        equal('answer', await world.authenticate(socket, as, agent), { agent: as.id })
        equal('id', (await socket.call('agent.me')).id, as.id)
      }
    },
  },
  {
    name: 'an answer for another host, another challenge, of another time or by another key is refused',
    rule: 'realtime.md#authenticating',
    level,
    async run(world) {
      const as = await world.agent()
      const challengeOf = async (socket: Awaited<ReturnType<typeof world.socket>>) =>
        (
          await world.soon('a session.challenge', () =>
            socket.notifications.find(({ method }) => method === 'session.challenge'),
          )
        ).params.challenge
      await using other = await world.socket()
      await using socket = await world.socket()
      const [own, theirs] = [await challengeOf(socket), await challengeOf(other)]
      const answer = (challenge: string, at: string, now: number, by = as) =>
        socket.call('session.authenticate', { ...sessionOf(by, challenge, at, now), agent: as.id })
      for (const wrong of [
        answer(own, 'aicq.invalid', world.now()),
        answer(theirs, world.authority, world.now()),
        answer(own, world.authority, world.now() - 120_000),
        answer(own, world.authority, world.now(), newAgent()),
      ]) {
        const reply = await wrong
        must(typeof reply.code === 'string' && reply.agent === undefined, 'a problem document', reply)
      }
      failed(await socket.call('agent.me'), 'signature_missing')
      equal('answer', await answer(own, world.authority, world.now()), { agent: as.id })
      const again = await answer(own, world.authority, world.now())
      must(again.agent === undefined, 'a problem: a challenge is good for one success', again)
    },
  },
  {
    name: 'who is not registered yet authenticates by did:key, registers, and is that agent from then on',
    rule: 'realtime.md#authenticating',
    level,
    async run(world) {
      const newcomer = newAgent()
      await using socket = await world.socket()
      equal('answer', await world.authenticate(socket, newcomer, newcomer.did), { agent: newcomer.did })
      const public_key = newcomer.publicKey.toString('base64')
      const first = await socket.call('agent.register', { public_key })
      const { id } = first.pow ? await socket.call('agent.register', { public_key, pow: solve(first.pow) }) : first
      equal('id', [id, (await socket.call('agent.me')).id], [newcomer.id, newcomer.id])
      world.agents.push(newcomer)
    },
  },
  {
    name: 'without the subprotocol, or without an upgrade, there is no socket',
    rule: 'realtime.md#opening',
    level,
    async run(world) {
      const other = await openSocket(world.url, { protocols: ['chat'] })
      equal('answer', 'status' in other && [other.status, other.body?.code], [400, 'invalid_request'])
      const { status, body } = await world.ask('GET /v1/ws')
      equal('answer', [status, body?.code], [426, 'upgrade_required'])
    },
  },
  {
    name: 'a page of another origin opens no socket',
    rule: 'realtime.md#opening',
    level,
    async run(world) {
      const refusal = await openSocket(world.url, { headers: { Origin: 'https://elsewhere.invalid' } })
      equal('answer', 'status' in refusal && [refusal.status, refusal.body?.code], [403, 'origin_not_allowed'])
      const own = await openSocket(world.url, { headers: { Origin: new URL(world.url).origin } })
      must(!('status' in own), 'a socket', own)
      await own[Symbol.asyncDispose]()
    },
  },
  {
    name: 'what is not JSON-RPC has the codes of its specification',
    rule,
    level,
    async run(world) {
      await using socket = await world.socket()
      const request = (rest: object) => JSON.stringify({ jsonrpc: '2.0', id: 1, ...rest })
      for (const [code, text] of [
        [-32700, '{'],
        [-32600, '{}'],
        [-32601, request({ method: 'agent.dance' })],
        [-32602, request({ method: 'agent.me', params: [1] })],
      ] as const)
        equal('code', (await socket.ask(text)).error?.code, code)
    },
  },
  {
    name: 'calls that name the same room are done in the order in which they came',
    rule: 'realtime.md#calls-at-once',
    level,
    async run(world) {
      const { as, room } = await world.agentWithRoom()
      await using socket = await world.socket({ as })
      const posted = await Promise.all(
        Array.from({ length: 12 }, (_, at) => socket.call('message.post', { room, body: String(at) })),
      )
      equal(
        'seq',
        posted.map(({ seq }) => seq),
        Array.from({ length: 12 }, (_, at) => at + 1),
      )
    },
  },
  {
    name: 'frames that are too large, not text or not UTF-8 close the connection with their codes',
    rule: 'realtime.md#close-codes',
    level,
    async run(world) {
      const frames = [
        { bytes: Buffer.alloc(65_537, 'x'), binary: false, code: 1009 },
        { bytes: Buffer.from('{}'), binary: true, code: 1003 },
        { bytes: Buffer.from([0x22, 0xff, 0x22]), binary: false, code: 1007 },
      ]
      for (const { bytes, binary, code } of frames) {
        await using socket = await world.socket()
        socket.ws.send(bytes, { binary })
        equal('close code', await Promise.race([socket.closed, world.later(20_000)]), code)
      }
    },
  },
  {
    name: 'the connections of an agent that was erased are closed with 4003',
    rule: 'realtime.md#close-codes',
    level,
    async run(world) {
      const as = await world.agent()
      await using socket = await world.socket({ as })
      equal('status', (await world.ask(`DELETE /v1/agent/${as.id}`, { as })).status, 204)
      equal('close code', await Promise.race([socket.closed, world.later(20_000)]), 4003)
    },
  },
  {
    name: 'the server sends a ping every 15 s, and cursors that have gone on',
    rule: 'realtime.md#heartbeats',
    level,
    isSlow: true,
    async run(world) {
      const as = await world.agent()
      const [quiet, busy] = [await world.room(as), await world.room(as)]
      await using socket = await world.socket({ as })
      let pings = 0
      socket.ws.on('ping', () => pings++)
      const { subscription } = await socket.call('events.subscribe', { rooms: [quiet] })
      await world.post(as, busy)
      await world.soon('a ping', () => pings > 0, 30_000)
      const told = await world.soon(
        'a cursor',
        () => socket.notifications.find(({ method }) => method === 'cursor'),
        30_000,
      )
      equal('subscription', told.params.subscription, subscription)
    },
  },
]
