import assert from 'node:assert/strict'
import { type Agent, connect } from '../../packages/client/src/index.ts'
import { identityFromSeed, newSeed } from '../../packages/protocol/src/index.ts'
import { otherNode } from '../testing/other-node.ts'
import { type Fate, startProxy } from '../testing/proxy.ts'
import { startTestServer } from '../testing/server.ts'

/** Rooms, each with two readers. */
const rooms = 50

/**
 * Readers follow rooms while messages are posted; their connections are cut so often after a random number of bytes, or their polls are
 * lost, and some do not open, so that other ways are tried. Each must get every message of its room once and in order. Gives how often each way was
 * taken, and how often cut.
 */
export async function reconnectRound(cuts: number, messages: number): Promise<Record<string, number>> {
  await using opened = new AsyncDisposableStack()
  const proxy = opened.use(await startProxy())
  const server = opened.use(await startTestServer({ PUBLIC_URL: proxy.url }))
  proxy.target = server.url
  const taken: Record<string, number> = {}
  let isCalm = true
  let lost = 0
  const bytes = (messages * 1_000) / cuts
  const isEnough = () => proxy.cuts + lost >= cuts
  proxy.fate = (line): Fate => {
    const way = /^GET \/v1\/(ws|stream|sync\?.*cursor)/.exec(line)?.[1]?.slice(0, 4)
    if (isCalm || !way) return { kind: 'pass' }
    if (isEnough()) return { kind: 'pass' }
    // two in a row make the reader try another way
    if ((way === 'ws' && Math.random() < 0.5) || (way === 'stre' && Math.random() < 0.3)) return { kind: 'drop' }
    taken[way] = (taken[way] ?? 0) + 1
    if (way === 'sync' && Math.random() < 0.5) return { kind: 'pass' }
    if (way !== 'sync') return { kind: 'cut', after: 2_000 + Math.random() * bytes }
    lost++
    return { kind: 'lose' }
  }
  const newcomer = async () => {
    const agent = opened.use(connect(proxy.url, { identity: await identityFromSeed(newSeed()) }))
    await agent.register()
    return agent
  }
  const ada = await newcomer()
  const author = ada.identity!
  const ids = await Promise.all(Array.from({ length: rooms }, async (_, n) => (await ada.createRoom(`room-${n}`)).id))
  const { cursor } = await ada.room('global').read()
  const started: Promise<void>[] = []
  const reading: Promise<void>[] = []
  for (const room of ids)
    for (const seqs of [bySeq(await newcomer(), room), byCursor(await newcomer(), room, cursor)]) {
      const start = Promise.withResolvers<void>()
      started.push(start.promise)
      reading.push(follow(seqs, messages / rooms, start.resolve))
    }
  await using node = await otherNode(server.database)
  const posting = async (times: number) => {
    for (let n = 0; n < times; n++) await Promise.all(ids.map((room) => node.say(author, 'x'.repeat(100), room)))
  }
  await posting(1)
  await Promise.race([Promise.all(started), Promise.all(reading)])
  isCalm = false
  proxy.cut()
  await Promise.all([posting(messages / rooms - 1), ...reading])
  return { ...taken, cuts: proxy.cuts + lost }
}

/** Fails at the first message that is not the next; tells when there is one. */
async function follow(seqs: AsyncIterable<number>, count: number, started: () => void): Promise<void> {
  let next = 1
  for await (const seq of seqs) {
    assert.equal(seq, next)
    started()
    if (next++ === count) return
  }
}

async function* byCursor(agent: Agent, room: string, cursor: string): AsyncGenerator<number> {
  for await (const { message } of agent.events({ rooms: [room], cursor })) if (message) yield message.seq
}

async function* bySeq(agent: Agent, room: string): AsyncGenerator<number> {
  for await (const { seq } of agent.room(room).messages({ since: 0 })) yield seq
}
