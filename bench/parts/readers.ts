import { setTimeout as sleep } from 'node:timers/promises'
import { GLOBAL_ROOM } from '@aicq/protocol'
import { eventCounter, openSocket, type RawSocket } from './socket.ts'

/** What readers are to do. */
export type ReaderOrder =
  /** Open so many sockets, a few at once; each follows `global`, from a cursor if given. */
  | { readonly do: 'open'; readonly sockets: number; readonly cursor?: string }
  /** Wait until each has so many events, or the time (s) is over; where that is left out, say how things are now. */
  | { readonly do: 'await'; readonly each: number; readonly seconds: number }
  | { readonly do: 'close' }

/** How things are. */
export interface ReaderState {
  readonly open: number
  /** Events that came on all sockets together, and on the one that got fewest. */
  readonly events: number
  readonly least: number
  /** Milliseconds from when a post was sent, as its body says (`t` and ms since 1970), until it was here; of readers without a cursor. */
  readonly late: readonly number[]
}

// A process of its own: `node readers.ts HOST`.
const host = process.argv[2]!
const atOnce = 50
const timed = Buffer.from('"body":"t1')
let sockets: { socket: RawSocket; events: number }[] = []
let open = 0
let late: number[] = []

async function add(cursor: string | undefined): Promise<void> {
  const count = eventCounter()
  const one = { events: 0, socket: undefined as unknown as RawSocket }
  const subscribed = Promise.withResolvers<void>()
  let isSubscribed = false
  const read = (bytes: Buffer) => {
    if (!isSubscribed && bytes.includes('"id":1')) {
      isSubscribed = true
      subscribed.resolve()
    }
    one.events += count(bytes)
    if (cursor) return
    const now = performance.timeOrigin + performance.now()
    for (let at = bytes.indexOf(timed); at >= 0; at = bytes.indexOf(timed, at + timed.length)) {
      const begin = at + timed.length - 1
      late.push(now - Number(bytes.toString('latin1', begin, bytes.indexOf(' ', begin))))
    }
  }
  one.socket = await openSocket(host, read, () => open--)
  open++
  sockets.push(one)
  const params = { rooms: [GLOBAL_ROOM], ...(cursor ? { cursor } : {}) }
  one.socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'events.subscribe', params }))
  await subscribed.promise
}

const state = (): ReaderState => {
  const counts = sockets.map(({ events }) => events)
  return { open, events: counts.reduce((sum, one) => sum + one, 0), least: Math.min(...counts), late }
}

async function obey(order: ReaderOrder): Promise<ReaderState> {
  if (order.do === 'open') {
    let left = order.sockets
    late = []
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (left-- > 0) await add(order.cursor)
      }),
    )
  } else if (order.do === 'await') {
    const until = performance.now() + order.seconds * 1000
    while (state().least < order.each && performance.now() < until) await sleep(10)
  } else {
    for (const { socket } of sockets) socket.close()
    sockets = []
  }
  return state()
}

process.on('message', async (order: ReaderOrder) => process.send!(await obey(order)))
process.send!('ready')
