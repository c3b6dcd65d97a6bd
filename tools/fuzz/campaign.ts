import {
  closeKeys,
  createKeys,
  declareKeys,
  type Identity,
  identityFromSeed,
  newKeyOffer,
  newPrekey,
  newSeed,
  operations,
  verifyKeyHistory,
} from '@aicq/protocol'
import { newAgent, send } from '../testing/requests.ts'
import { type Case, type Cast, makeCase } from './cases.ts'
import { fault } from './judge.ts'
import { faultOfRpc, makeRpcCase } from './rpc.ts'
import { exchange } from './wire.ts'

/** What a campaign found. */
export interface Result {
  readonly seed: string
  readonly cases: number
  /** In words, each with the request as it was sent. */
  readonly faults: readonly string[]
  /** Operations that never succeeded: they were not tried, whatever else was. */
  readonly unreached: readonly string[]
  /** Successes of each operation. */
  readonly successes: ReadonlyMap<string, number>
  /** What befell the posts of a well-behaved neighbour. */
  readonly harmed: readonly string[]
}

/** Requests that are under way at once: neighbours in one batch of the append. */
const abreast = 24
const mostFaults = 10

/** Sends `each` hostile requests to every operation of the server at `url`, and to JSON-RPC, which `admin` administers, while a neighbour posts as one should. */
export async function campaign(url: string, admin: Identity, each: number, seed: string): Promise<Result> {
  const cast = await castOf(url, admin)
  const neighbour = await newAgent(url, 'neighbour')
  const port = Number(new URL(url).port)
  const faults: string[] = []
  const successes = new Map([...operations.map(({ name }) => name), 'rpc'].map((name) => [name as string, 0]))
  const posts: Promise<string | undefined>[] = []
  let cases = 0

  async function attack(one: Case): Promise<void> {
    const answer = await exchange(port, one.bytes, one.halfClose)
    const found = fault(one, answer)
    if (found) faults.push(`${one.op.name}, case ${one.number}: ${found}\n${shown(one.bytes)}`)
    if (!one.astray && (answer.status ?? 500) < 300) successes.set(one.op.name, successes.get(one.op.name)! + 1)
    cases++
  }

  async function attackByRpc(number: number): Promise<void> {
    const bytes = await makeRpcCase(seed, number, cast)
    const found = faultOfRpc(await exchange(port, bytes, false), () => successes.set('rpc', successes.get('rpc')! + 1))
    if (found) faults.push(`JSON-RPC, case ${number}: ${found}\n${shown(bytes)}`)
    cases++
  }

  for (let number = 0; number < each && faults.length < mostFaults; number++) {
    for (let first = 0; first < operations.length; first += abreast) {
      const ops = operations.slice(first, first + abreast)
      const wave = await Promise.all(ops.map((op) => makeCase(seed, op, number, cast)))
      const post = goodPost(url, neighbour, `good ${posts.length}`)
      posts.push(post)
      await Promise.all([...wave.map(attack), post])
    }
    await attackByRpc(number)
  }
  const harmed = (await Promise.all(posts)).filter((word) => word !== undefined)
  return {
    seed,
    cases,
    faults,
    unreached: [...successes].filter(([, times]) => times === 0).map(([name]) => name),
    successes,
    harmed: [...harmed, ...(await missing(url, posts.length))],
  }
}

async function castOf(url: string, admin: Identity): Promise<Cast> {
  const { cursor } = (await send(url, 'GET /v1/room/global')).body
  const agent = await newAgent(url, 'attacker')
  const keys = await Promise.all(Array.from({ length: 64 }, () => identityFromSeed(newSeed())))
  const leavers = await Promise.all(Array.from({ length: 24 }, () => newAgent(url, 'leaver')))
  const room = (await send(url, 'POST /v1/room', { as: agent, body: { name: 'arena' } })).body.id
  const bystander = await newAgent(url, 'bystander')
  const messages: string[] = []
  // the agent may delete its own: those of somebody else stay
  for (const as of [agent, bystander])
    for (const name of ['global', room])
      messages.push((await send(url, `POST /v1/room/${name}`, { as, body: { body: 'a word' } })).body.id)
  for (const [as, to] of [
    [agent, bystander],
    [bystander, agent],
    [bystander, bystander],
  ] as const)
    messages.push((await send(url, `POST /v1/dm/${to.id}`, { as, body: { body: 'A'.repeat(80) } })).body.id)
  const installation = crypto.randomUUID()
  const times = { created: Date.now(), expires: Date.now() + 3_600_000 }
  for (const as of [agent, bystander]) {
    const { prekey } = await newPrekey(as, { purpose: 'signed', installation, ...times })
    await send(url, 'POST /v1/prekeys', { as, body: { installation, prekeys: [prekey] } })
  }
  const exchanges = []
  const strangers = await Promise.all(Array.from({ length: 12 }, () => newAgent(url)))
  // each is answered once: as many as an agent may offer, by many
  for (const as of Array(4).fill(strangers).flat() as Identity[]) {
    const { to, from: _, ...body } = (await newKeyOffer(as, { to: agent.id, purpose: 'fuzz', ...times })).offer
    exchanges.push((await send(url, `POST /v1/keyexchange/${to}`, { as, body })).body)
  }
  const agents = [agent.id, agent.did, bystander.id]
  const invite = async () => (await send(url, 'POST /v1/invitations', { as: admin, body: {} })).body.id as string
  const invitations = await Promise.all(Array.from({ length: 64 }, invite))
  const world = {
    rooms: ['global', room],
    messages,
    agents,
    installation,
    exchanges,
    cursor,
    invitations,
    newKey: () => '',
  }
  return {
    authority: new URL(url).host,
    world,
    agent,
    admin,
    keys,
    leavers,
    keyOperations: await keyOperationsOf(agent, await newAgent(url)),
  }
}

/** Operations that change no key of those who act, so that they are taken again and again. */
async function keyOperationsOf(agent: Identity, leaver: Identity): Promise<Cast['keyOperations']> {
  const first = async (identity: Identity) => verifyKeyHistory(identity.id, [await createKeys(identity)])
  return {
    'agent.rotate': await declareKeys(await first(agent), agent, { dm: 'aicq-dm-v2' }),
    'agent.revoke': await closeKeys(await first(leaver), leaver, false),
  }
}

async function goodPost(url: string, as: Identity, body: string): Promise<string | undefined> {
  const answer = await send(url, 'POST /v1/room/global', { as, body: { body } })
  return answer.status === 201 ? undefined : `${body}: answered ${answer.status} ${JSON.stringify(answer.body)}`
}

/** Every good post is in the room once. */
async function missing(url: string, posts: number): Promise<string[]> {
  const times = new Map<string, number>()
  for (let next = ''; ; ) {
    const { body: page } = await send(url, `GET /v1/room/global?limit=200&order=asc${next && `&next=${next}`}`)
    for (const { body } of page.messages) times.set(body, (times.get(body) ?? 0) + 1)
    if (!page.has_more) break
    next = page.next
  }
  return Array.from({ length: posts }, (_, at) => `good ${at}`)
    .filter((body) => times.get(body) !== 1)
    .map((body) => `${body}: is in the room ${times.get(body) ?? 0} times`)
}

/** The bytes as JavaScript would write them, one character a byte. */
const shown = (bytes: Buffer) => `  Buffer.from(${JSON.stringify(bytes.toString('latin1'))}, 'latin1')`

/** The result in words. */
export function summary({ seed, cases, faults, unreached, harmed }: Result): string {
  return [
    `seed ${seed}: ${cases} requests, ${faults.length} faults, ${harmed.length} good posts harmed`,
    ...faults,
    ...harmed,
    ...unreached.map((name) => `${name} never succeeded: nothing beyond its door was tried`),
  ].join('\n')
}
