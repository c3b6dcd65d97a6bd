import type { Identity } from '../../packages/protocol/src/index.ts'
import { dial } from '../testing/sockets.ts'
import { ask, oneOf, pause, sign } from './call.ts'
import type { Heard, History } from './history.ts'
import { withinReason } from './writers.ts'

// biome-ignore lint/suspicious/noExplicitAny: whatever came
type Event = any

/** Reads on from a cursor until its connection breaks, and gives each event with its cursor. */
type Way = (url: string, as: Identity, room: string, cursor: string) => AsyncGenerator<Event, void, undefined>

/** Follows a room until `isOver` and everything is there, over one way, on whichever server answers, from the cursor that it has. */
export async function follow(
  name: keyof typeof ways,
  urls: readonly string[],
  as: Identity,
  room: string,
  cursor: string,
  history: History,
  isOver: (heard: Heard) => boolean,
): Promise<void> {
  const heard: Heard = { reader: `${name} of ${as.id}`, room, messages: [] }
  history.heard.push(heard)
  let at = cursor
  while (!isOver(heard)) {
    try {
      for await (const { cursor, message } of ways[name](oneOf(urls), as, room, at)) {
        at = cursor
        if (message) heard.messages.push({ id: message.id ?? message.message_id, seq: message.seq, body: message.body })
        if (isOver(heard)) return
      }
    } catch {}
    await pause(100 + Math.random() * 200)
  }
}

/** Ways to hear of what happens (spec/realtime.md), each as a program would take it that is not ours. */
export const ways = {
  async *socket(url, as, room, cursor) {
    const socket = await withinReason(dial(url, { as }))
    try {
      await withinReason(socket.call('events.subscribe', { rooms: [room], cursor }))
      for (let read = 0, quiet = 0; quiet < 300; ) {
        const { length } = socket.notifications
        quiet = length > read ? 0 : quiet + 1
        for (; read < length; read++) {
          const { method, params } = socket.notifications[read]!
          if (method === 'event') yield params.event
          else if (method === 'cursor') yield { cursor: params.cursor }
        }
        if (socket.ws.readyState !== socket.ws.OPEN) return
        await pause(10)
      }
    } finally {
      socket.ws.terminate()
    }
  },
  async *stream(url, as, room, cursor) {
    const { headers } = await sign(as, 'GET', `${url}/v1/stream?rooms=${room}`)
    const broken = new AbortController()
    let quiet = setTimeout(() => broken.abort(), 5_000)
    try {
      const reply = await fetch(`${url}/v1/stream?rooms=${room}`, {
        headers: { ...headers, 'last-event-id': cursor },
        signal: broken.signal,
      })
      if (reply.status !== 200) return
      let text = ''
      for await (const bytes of reply.body!) {
        clearTimeout(quiet)
        quiet = setTimeout(() => broken.abort(), 20_000)
        text += Buffer.from(bytes).toString()
        const frames = text.split('\n\n')
        text = frames.pop()!
        for (const frame of frames) {
          const id = /^id: ?(.+)$/m.exec(frame)?.[1]
          const data = /^data: ?(.+)$/m.exec(frame)?.[1]
          if (data) yield JSON.parse(data)
          else if (id) yield { cursor: id }
        }
      }
    } finally {
      clearTimeout(quiet)
      broken.abort()
    }
  },
  async *poll(url, as, room, cursor) {
    for (let at = cursor; ; ) {
      const { status, body } = await ask(await sign(as, 'GET', `${url}/v1/sync?rooms=${room}&cursor=${at}&wait=2`))
      if (status !== 200) return
      for (const event of body.events) yield event
      at = body.cursor
      yield { cursor: at }
    }
  },
} satisfies Record<string, Way>

/** Looks where it has no business, until `isOver`: whatever it finds there is a leak. */
export async function pry(
  urls: readonly string[],
  as: Identity,
  room: string,
  secret: string,
  history: History,
  isOver: () => boolean,
): Promise<void> {
  const paths = [`room/${room}`, `room/${room}/info`, `search?q=${secret}`, 'sync', 'channels', `sync?rooms=${room}`]
  while (!isOver()) {
    const path = oneOf(paths)
    const { status, body } = await ask(await sign(as, 'GET', `${oneOf(urls)}/v1/${path}`))
    const text = JSON.stringify(body ?? '')
    const isMine = path.startsWith('search') || path === 'sync' || path === 'channels'
    if ((status === 200 && !isMine) || text.includes(`${secret}-name`) || /"body":"[^"]*secret/.test(text))
      history.leaks.push(`leaked: a stranger read ${path}: ${text.slice(0, 200)}`)
    await pause(100)
  }
}
