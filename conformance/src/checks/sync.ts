import type { Check } from '../check.ts'
import { answered, each, equal, must, refused } from '../expect.ts'
import { encrypt } from '../wire/dm-v1.ts'
import { ownEvents } from '../wire/own-events.ts'
import type { World } from '../world.ts'

const rule = 'realtime.md#sync'
const level = 'realtime'

const bodies = (events: readonly object[]): string[] => each('body', each('message', events))
const from = (cursor: string) => `cursor=${encodeURIComponent(cursor)}`

/** An agent, its room, and the cursor of now. */
async function scene(world: World) {
  const { as, room } = await world.agentWithRoom()
  const { cursor } = await world.sync(as, '')
  return { as, room, cursor: cursor as string }
}

/** Long polls. */
export const sync: readonly Check[] = [
  {
    name: 'without a cursor there are no events, but the cursor of now',
    rule,
    level,
    async run(world) {
      const as = await world.agent()
      const reply = await world.sync(as, '')
      equal('events', [reply.events, reply.has_more, typeof reply.cursor], [[], false, 'string'])
    },
  },
  {
    name: 'who waits is answered as soon as there is something',
    rule,
    level,
    async run(world) {
      const { as, room, cursor } = await scene(world)
      const began = performance.now()
      // an erasure is told to everybody, and ends the wait: then it is waited on
      const wait = async (at: string): Promise<string[]> => {
        const { events, cursor: next } = await world.sync(as, `rooms=${room}&wait=30&${from(at)}`)
        const said = bodies(events)
        return said.length > 0 || performance.now() - began > 25_000 ? said : wait(next)
      }
      const waiting = wait(cursor)
      await world.later(300)
      await world.post(as, room, 'now')
      equal('messages', await waiting, ['now'])
      must(performance.now() - began < 25_000, 'an answer at once', `after ${Math.round(performance.now() - began)} ms`)
    },
  },
  {
    name: 'while there is nothing the answer comes after wait seconds, and goes on from there',
    rule,
    level,
    async run(world) {
      const { as, room, cursor } = await scene(world)
      // an erasure is told to everybody, and ends the wait: then it is tried again
      const wait = async (at: string, tries: number): Promise<{ at: string; took: number }> => {
        const began = performance.now()
        const { body } = await world.ask(`GET /v1/sync?rooms=${room}&wait=1&${from(at)}`, { as })
        const took = performance.now() - began
        equal('events', ownEvents(body.events), [])
        return body.events.length > 0 && tries > 0 ? wait(body.cursor, tries - 1) : { at: body.cursor, took }
      }
      const { at, took } = await wait(cursor, 20)
      must(took > 900 && took < 25_000, 'an answer after a second', `after ${Math.round(took)} ms`)
      await world.post(as, room)
      equal('events', each('type', await world.since(as, at, `rooms=${room}`)), ['message.created'])
      refused(await world.ask('GET /v1/sync?wait=31', { as }), 'invalid_request')
    },
  },
  {
    name: 'has_more says that there is more, which comes next',
    rule,
    level,
    async run(world) {
      let { as, room, cursor } = await scene(world)
      await world.posts(as, room, '1', '2', '3', '4', '5')
      const seen: string[] = []
      for (let more = true, pages = 0; more && pages < 20; pages++) {
        const reply = await world.sync(as, `rooms=${room}&limit=2&${from(cursor)}`)
        must(reply.events.length <= 2, 'two events at most', reply.events.length)
        must(reply.has_more || pages > 0, 'has_more while there is more', reply)
        cursor = reply.cursor
        more = reply.has_more
        seen.push(...bodies(reply.events))
      }
      equal('messages', seen, ['1', '2', '3', '4', '5'])
    },
  },
  {
    name: 'with max_tokens the reply fits, what matters comes first, and the rest is named',
    rule: 'realtime.md#room-for-tokens',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const room = await world.room(ada)
      const { cursor } = await world.sync(ada, '')
      const long = await world.posts(ada, room, ...['a', 'b', 'c', 'd'].map((letter) => letter.repeat(700)))
      answered(await world.ask(`POST /v1/dm/${ada.id}`, { as: bob, body: { body: encrypt('first', ada) } }), 201)
      const answer = await world.ask(`GET /v1/sync?max_tokens=700&${from(cursor)}`, { as: ada })
      const { events, rest } = answered(answer, 200)
      must(Buffer.byteLength(answer.text) <= 2_800, '2,800 bytes at most', `${Buffer.byteLength(answer.text)} bytes`)
      equal('the first event', events[0]?.type, 'dm.received')
      // biome-ignore lint/suspicious/noExplicitAny: a check reads whatever came
      const named = (rest ?? []).filter(({ type }: any) => type === 'message.created')
      // biome-ignore lint/suspicious/noExplicitAny: a check reads whatever came
      const isOne = ({ id, tokens }: any) => tokens > 100 && long.some((one) => one.id === id)
      must(named.length > 0 && named.every(isOne), 'messages that did not fit, with their sizes', rest)
    },
  },
  {
    name: 'a sync has to be signed',
    rule,
    level,
    run: async (world) => refused(await world.ask('GET /v1/sync'), 'signature_missing'),
  },
]
