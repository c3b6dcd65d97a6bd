import { setTimeout as pause } from 'node:timers/promises'
import { GLOBAL_ROOM, toBase64 } from '@aicq/protocol'
import { openConnection } from './connection.ts'
import { newAuthor, type Proof, rawPost, type Target } from './posts.ts'

/** What a run of posts is to be: at most `posts` of them, or as many as fit into `seconds`. */
export interface Order {
  readonly connections: number
  readonly posts: number
  readonly seconds: number
  readonly proof: Proof
  /** `global` unless given. */
  readonly target?: Target
  /** Each body begins with `t` and the time at which it was sent. */
  readonly timed?: boolean
  /** Posts a second over all connections; as fast as it goes if left out. */
  readonly rate?: number
}

/** What came of it. */
export interface Outcome {
  readonly posted: number
  readonly seconds: number
  /** Milliseconds that each took, and when it began (ms since 1970). */
  readonly took: readonly number[]
  readonly began: readonly number[]
}

// A process of its own: `node load.ts URL`; an order a line on its input, an outcome a line on its output.
const url = new URL(process.argv[2]!)
const agents = await Promise.all(
  Array.from({ length: 64 }, async () => {
    const author = newAuthor()
    await register(JSON.stringify({ public_key: toBase64(author.publicKey) }))
    return author
  }),
)

/** Registers, and asks a server that is busy again. */
async function register(body: string): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  for (let tries = 1; ; tries++) {
    const { status } = await fetch(new URL('/register', url), { method: 'POST', body, headers })
    if (status === 200 || status === 201) return
    if (status !== 503 || tries === 20) throw new Error(`registering answered ${status}`)
    await pause(250)
  }
}

async function run({
  connections,
  posts,
  seconds,
  proof,
  rate,
  timed = false,
  target = { room: GLOBAL_ROOM },
}: Order): Promise<Outcome> {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(url.host)))
  const share = Math.ceil(posts / connections)
  // signed in advance, so that the measured time is the server's; a rate leaves time to sign in between
  const ready = rate
    ? []
    : open.map((_, at) => Array.from({ length: share }, () => rawPost(url.host, agents[at % 64]!, proof, target)))
  const [took, began]: [number[], number[]] = [[], []]
  process.send!('begins')
  const start = performance.now()
  const until = start + seconds * 1000
  await Promise.all(
    open.map(async (connection, at) => {
      for (let n = 0; n < share && performance.now() < until; n++) {
        if (rate) await waitUntil(start + ((n * connections + at) * 1000) / rate)
        const request = ready[at]?.[n] ?? rawPost(url.host, agents[at % 64]!, proof, target, timed)
        const from = performance.now()
        const status = await connection.ask(request)
        if (status !== 201) throw new Error(`a post answered ${status}`)
        took.push(performance.now() - from)
        began.push(performance.timeOrigin + from)
      }
    }),
  )
  const spent = (performance.now() - start) / 1000
  for (const connection of open) connection.close()
  return { posted: took.length, seconds: spent, took, began }
}

const waitUntil = (time: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, time - performance.now())))

process.on('message', async (order: Order) => {
  process.send!(await run(order))
})
process.send!('ready')
