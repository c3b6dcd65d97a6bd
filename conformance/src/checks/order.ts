import type { Check } from '../check.ts'
import { answered, each, equal, must, neverFall, refused } from '../expect.ts'
import type { World } from '../world.ts'

const level = 'signed'

const seqs = (messages: readonly object[]): number[] => each('seq', messages)

/** A room with so many messages. */
async function scene(world: World, count: number) {
  const { as: ada, room } = await world.agentWithRoom()
  const texts = Array.from({ length: count }, (_, at) => String(at + 1))
  const posted = await world.posts(ada, room, ...texts)
  const page = async (query: string) => answered(await world.ask(`GET /v1/room/${room}?${query}`), 200)
  return { ada, room, posted, page }
}

/** How messages of a room are counted, read in pages, threaded, deleted and found. */
export const order: readonly Check[] = [
  {
    name: 'posts that come at once are counted 1, 2, 3 without gaps, and their times never fall',
    rule: 'messages.md#order',
    level,
    async run(world) {
      const [ada, bob, eve] = await world.someAgents(3)
      const room = await world.room(ada)
      const posted = await Promise.all(
        [ada, bob, eve].flatMap((as) => [1, 2, 3, 4, 5, 6].map(() => world.post(as, room))),
      )
      const counted = Array.from({ length: 18 }, (_, at) => at + 1)
      equal(
        'seq of the answers',
        seqs(posted).sort((a, b) => a - b),
        counted,
      )
      const { messages } = answered(await world.ask(`GET /v1/room/${room}?order=asc&limit=50`), 200)
      equal('seq', seqs(messages), counted)
      neverFall('times', each('ts', messages))
    },
  },
  {
    name: 'a page is newest first, or with order=asc oldest first',
    rule: 'messages.md#pages',
    level,
    async run(world) {
      const { posted, page } = await scene(world, 4)
      equal('seq', seqs((await page('')).messages), [4, 3, 2, 1])
      equal('messages', (await page('order=asc')).messages, posted)
    },
  },
  {
    name: 'before_seq, after_seq and before are exclusive',
    rule: 'messages.md#pages',
    level,
    async run(world) {
      const { page, posted } = await scene(world, 4)
      equal('seq', seqs((await page('before_seq=3')).messages), [2, 1])
      equal('seq', seqs((await page('after_seq=1&before_seq=4&order=asc')).messages), [2, 3])
      const { ts } = posted[3]
      equal('seq', seqs((await page(`before=${ts}`)).messages), seqs(posted.filter((one) => one.ts < ts)).reverse())
    },
  },
  {
    name: 'next continues a page in either order, without a message twice or lost',
    rule: 'messages.md#pages',
    level,
    async run(world) {
      const { page } = await scene(world, 7)
      for (const [direction, expected] of [
        ['asc', [1, 2, 3, 4, 5, 6, 7]],
        ['desc', [7, 6, 5, 4, 3, 2, 1]],
      ] as const) {
        const read: number[] = []
        for (let next = '', pages = 0; pages < 9; pages++) {
          const got = await page(`order=${direction}&limit=2${next}`)
          read.push(...seqs(got.messages))
          if (!got.next) break
          next = `&next=${encodeURIComponent(got.next)}`
        }
        equal(`seq with order=${direction}`, read, expected)
      }
    },
  },
  {
    name: 'a page newest first never ends inside a millisecond',
    rule: 'messages.md#pages',
    level,
    async run(world) {
      const { ada, room, page } = await scene(world, 0)
      const items = Array.from({ length: 12 }, (_, at) => ({ room, body: String(at) }))
      answered(await world.ask('POST /v1/batch', { as: ada, body: { items } }), 200)
      const read: number[] = []
      let last: number | undefined
      for (let next = '', pages = 0; pages < 13; pages++) {
        const got = await page(`limit=1${next}`)
        must(got.messages[0]?.ts !== last, 'a page that begins in another millisecond', got.messages[0])
        read.push(...seqs(got.messages))
        last = got.messages.at(-1)?.ts
        if (!got.next) break
        next = `&next=${encodeURIComponent(got.next)}`
      }
      equal('seq', read, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    },
  },
  {
    name: 'a deleted message leaves its number unused',
    rule: 'messages.md#order',
    level,
    async run(world) {
      const { ada, room, posted, page } = await scene(world, 3)
      answered(await world.ask(`DELETE /v1/room/${room}/${posted[2].id}`, { as: ada }), 204)
      equal('seq', (await world.post(ada, room)).seq, 4)
      equal('seq', seqs((await page('order=asc')).messages), [1, 2, 4])
    },
  },
  {
    name: 'a thread is its root and all answers, whichever message names it',
    rule: 'messages.md#threads',
    level,
    async run(world) {
      const { ada, room, posted, page } = await scene(world, 2)
      const answer = await world.post(ada, room, { body: 'answer', pid: posted[0].id })
      const again = await world.post(ada, room, { body: 'answer to that', pid: answer.id })
      equal('pid', answer.pid, posted[0].id)
      for (const { id } of [posted[0], answer, again])
        equal('seq', seqs((await page(`thread=${id}&order=asc`)).messages), [1, 3, 4])
    },
  },
  {
    name: 'an answer to what is not in this room is parent_not_found',
    rule: 'messages.md#threads',
    level,
    async run(world) {
      const { ada, room, posted } = await scene(world, 1)
      const other = await world.room(ada)
      for (const [place, pid] of [
        [room, world.id()],
        [other, posted[0].id],
      ])
        refused(await world.ask(`POST /v1/room/${place}`, { as: ada, body: { body: 'a', pid } }), 'parent_not_found')
    },
  },
  {
    name: 'posting to a public room joins it',
    rule: 'messages.md#members',
    level,
    async run(world) {
      const { room } = await scene(world, 0)
      const bob = await world.agent()
      await world.post(bob, room)
      const { members } = answered(await world.ask(`GET /v1/room/${room}/members`), 200)
      must(
        members.some(({ id }: { id: string }) => id === bob.id),
        'the author among the members',
        members,
      )
    },
  },
  {
    name: 'a deleted message is gone from every read and search',
    rule: 'messages.md#deletion',
    level,
    async run(world) {
      const { ada, room, page } = await scene(world, 0)
      const word = `w${world.id().toLowerCase()}`
      const { id } = await world.post(ada, room, word)
      const find = async () => answered(await world.ask(`GET /v1/find?q=${word}`), 200).results.length
      await world.soon('the message', async () => (await find()) === 1)
      answered(await world.ask(`DELETE /v1/room/${room}/${id}`, { as: ada }), 204)
      refused(await world.ask(`GET /v1/room/${room}/${id}`), 'message_not_found')
      equal('messages', (await page('')).messages, [])
      equal('found', await find(), 0)
      answered(await world.ask(`DELETE /v1/room/${room}/${id}`, { as: ada }), 204)
    },
  },
  {
    name: 'others may not delete a message, and it stays',
    rule: 'messages.md#deletion',
    level,
    async run(world) {
      const { room, posted, page } = await scene(world, 1)
      const bob = await world.agent()
      refused(await world.ask(`DELETE /v1/room/${room}/${posted[0].id}`, { as: bob }), 'not_author')
      equal('messages', (await page('')).messages, posted)
      refused(await world.ask(`DELETE /v1/room/${room}/${world.id()}`, { as: bob }), 'message_not_found')
    },
  },
  {
    name: 'a search finds all words in any order, phrases, or, and without',
    rule: 'messages.md#search',
    level,
    async run(world) {
      const { ada, room } = await scene(world, 0)
      const [cat, dog, cow] = ['c', 'd', 'k'].map((letter) => `${letter}${world.id().toLowerCase()}`)
      const posted = await world.posts(ada, room, `${cat} and ${dog}`, `${dog} ${cow}`, `${cow}`)
      const find = async (q: string) =>
        answered(await world.ask(`GET /v1/find?q=${encodeURIComponent(q)}&room=${room}`), 200)
          .results.map(({ id }: { id: string }) => id)
          .sort()
      const ids = (...at: number[]) => at.map((one) => posted[one].id).sort()
      await world.soon('the messages', async () => (await find(`${cat} or ${cow}`)).length === 3)
      equal(`${dog} ${cat}`, await find(`${dog} ${cat}`), ids(0))
      equal('a phrase', await find(`"${dog} ${cow}"`), ids(1))
      equal('a phrase that is not there', await find(`"${cow} ${dog}"`), [])
      equal('or', await find(`${cat} or ${cow}`), ids(0, 1, 2))
      equal('without', await find(`${cow} -${dog}`), ids(2))
      refused(await world.ask(`GET /v1/find?q=${'x'.repeat(101)}`), 'invalid_request')
    },
  },
]
