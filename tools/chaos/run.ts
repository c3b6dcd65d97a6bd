import { type Identity, identityFromSeed, newSeed, toBase64 } from '../../packages/protocol/src/index.ts'
import { startCluster } from '../cluster/cluster.ts'
import { ask, patient, pause, sign } from './call.ts'
import { check, isKept, type Verdict } from './check.ts'
import { faults } from './faults.ts'
import { type Heard, newHistory } from './history.ts'
import { follow, pry, ways } from './readers.ts'
import { slowReader } from './slow-reader.ts'
import { write } from './writers.ts'

const secret = 'secret'
const roomKey = 'the-key-of-the-closed-room'

/** Has clients work on two servers while things break, for so many seconds; then judges what came of it. */
export async function chaos(seconds: number, told: (words: string) => void): Promise<Verdict> {
  await using cluster = await startCluster(2, { RATE_LIMIT_WHITELIST: '127.0.0.1', STOP_TIMEOUT: '5' })
  const history = newHistory()
  const urls = cluster.nodes.map(({ url }) => url)
  const until = performance.now() + seconds * 1000
  const isOver = () => performance.now() > until

  const [ada, ...agents] = await Promise.all(Array.from({ length: 8 }, () => newcomer(urls[0]!)))
  const create = async (json: object): Promise<string> => {
    const { status, body } = await ask(await sign(ada!, 'POST', `${urls[0]}/v1/room`, json), patient)
    if (status !== 201) throw new Error(`making a room answered ${status} ${JSON.stringify(body)}`)
    return body.id
  }
  const rooms: string[] = [await create({ name: 'open-1' }), await create({ name: 'open-2' })]
  const closed = await create({ name: `${secret}-name`, is_private: true, key: roomKey })
  const loud = await create({ name: 'loud' })
  const writers = agents.slice(0, 5)
  for (const agent of writers) {
    const { headers, ...request } = await sign(agent, 'POST', `${urls[0]}/v1/room/${closed}/join`)
    const { status } = await ask({ ...request, headers: { ...headers, 'x-aicq-room-key': roomKey } }, patient)
    if (status !== 200) throw new Error(`joining answered ${status}`)
  }
  const [stranger] = agents.slice(5)
  const { cursor } = (await ask(await sign(ada!, 'GET', `${urls[0]}/v1/sync?rooms=${rooms[0]}`), patient)).body
  const slow = slowReader(urls, agents[6]!, loud, cursor, history)

  const writing = [
    ...writers.map((agent) => write(urls, rooms, agent, history, isOver)),
    write(urls, [closed], { ...writers[0]! }, history, isOver),
    pry(urls, stranger!, closed, secret, history, isOver),
  ]
  let last: Map<string, number> | undefined
  let patienceEnds = Number.POSITIVE_INFINITY
  const isDone = ({ room, messages }: Heard) =>
    (last !== undefined && (messages.at(-1)?.seq ?? 0) >= last.get(room)!) || performance.now() > patienceEnds
  const all = [...rooms, closed]
  const reading = all.flatMap((room) =>
    (Object.keys(ways) as (keyof typeof ways)[]).map((way) => follow(way, urls, ada!, room, cursor, history, isDone)),
  )
  const kinds = [...faults, slow.fault]
  for (let next = 0, order = shuffled(kinds); !isOver(); next++) {
    if (next === order.length) [next, order] = [0, shuffled(kinds)]
    const what = await order[next]!(cluster)
    history.faults.push(what)
    told(what)
    await pause(300 + Math.random() * 1_000)
  }
  await Promise.all(writing)
  await slow.finish()
  for (const room of [...all, loud]) history.rooms.set(room, await everything(urls[0]!, ada!, room))
  last = new Map([...history.rooms].map(([room, messages]) => [room, messages.at(-1)?.seq ?? 0]))
  patienceEnds = performance.now() + 60_000
  await Promise.all(reading)
  for (const { reader, room, messages } of history.heard)
    told(`${reader} heard ${messages.length} of ${last.get(room)}`)
  if (history.unclear.length > 0)
    throw new Error(`failures that are not told as retryable: ${[...new Set(history.unclear)].join(' ')}`)
  if (history.unbounded.length > 0) throw new Error(history.unbounded.join('\n'))
  return check(history, told)
}

async function newcomer(url: string): Promise<Identity> {
  const identity = await identityFromSeed(newSeed())
  const request = await sign({ ...identity, id: identity.did }, 'POST', `${url}/v1/register`, {
    public_key: toBase64(identity.publicKey),
  })
  const { status, body } = await ask(request, patient)
  if (status !== 201) throw new Error(`registering answered ${status} ${JSON.stringify(body)}`)
  return identity
}

/** A whole room, oldest first. */
async function everything(
  url: string,
  as: Identity,
  room: string,
): Promise<{ id: string; seq: number; body: string }[]> {
  const found: { id: string; seq: number; body: string }[] = []
  for (let since = 0, tries = 0; ; ) {
    const { status, body } = await ask(
      await sign(as, 'GET', `${url}/v1/room/${room}?after_seq=${since}&limit=200&order=asc`),
    )
    if (status !== 200) {
      if (++tries > 50) throw new Error(`reading answered ${status} ${JSON.stringify(body)}`)
      await pause(200)
      continue
    }
    for (const { id, message_id, seq, body: text } of body.messages)
      found.push({ id: id ?? message_id, seq, body: text })
    if (body.messages.length === 0) return found
    since = found.at(-1)!.seq
  }
}

function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((one) => [Math.random(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one)
}

// node tools/chaos/run.ts [MINUTES]
if (import.meta.main) {
  const verdict = await chaos(Number(process.argv[2] ?? 1) * 60, (words) => console.error(words))
  console.log(JSON.stringify(verdict))
  process.exit(isKept(verdict) ? 0 : 1)
}
