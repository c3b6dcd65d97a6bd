import { type Identity, newMessageId } from '../../packages/protocol/src/index.ts'
import { type Dialled, dial } from '../testing/sockets.ts'
import { ask, oneOf, pause, type Request, sign } from './call.ts'
import type { Attempt, History } from './history.ts'

/** Milliseconds for which a client goes on trying to get an answer to one message. */
export const insistence = 20_000

/** Sends one message in a way, and gives its number if an answer said that it is there. */
type Way = (url: string, as: Identity, attempt: Attempt) => Promise<number | undefined>

/** Posts again and again until `isOver`, by REST, JSON-RPC and sockets in turn; whatever was not answered is tried again, as it was. */
export async function write(
  urls: readonly string[],
  rooms: readonly string[],
  as: Identity,
  history: History,
  isOver: () => boolean,
): Promise<void> {
  const socket = openSocketWay()
  const ways: Way[] = [rest(history), rpc(history), socket.send]
  for (let n = 0; !isOver(); n++) {
    const attempt: Attempt = {
      id: newMessageId(),
      room: oneOf(rooms),
      author: as.id,
      body: `${as.id} ${n}`,
      began: performance.now(),
    }
    history.attempts.push(attempt)
    const way = oneOf(ways)
    while (performance.now() < attempt.began + insistence) {
      const seq = await way(oneOf(urls), as, attempt).catch(() => undefined)
      if (seq !== undefined) {
        attempt.acked = { at: performance.now(), seq }
        break
      }
      await pause(50 + Math.random() * 200)
    }
    await pause(Math.random() * 20)
  }
  socket.close()
}

/** Now and then a request that was accepted is sent once more as it is: nobody may accept it. */
function rest(history: History): Way {
  let used: Request | undefined
  return async (url, as, { id, room, body }) => {
    if (used && Math.random() < 0.1) {
      const again = { ...used }
      used = undefined
      const { status } = await ask(again)
      if (status >= 200 && status < 300) history.replays.push(`replayed: ${again.body} was accepted again`)
    }
    const request = await sign(as, 'POST', `${url}/v1/room/${room}`, { id, body })
    const reply = await ask(request)
    if (reply.status >= 500) judge(history, reply.body)
    if (reply.status !== 200 && reply.status !== 201) return undefined
    used = request
    return reply.body.seq
  }
}

const rpc =
  (history: History): Way =>
  async (url, as, { id, room, body }) => {
    const call = { jsonrpc: '2.0', id: 1, method: 'message.post', params: { room, id, body } }
    const reply = await ask(await sign(as, 'POST', `${url}/v1/rpc`, call))
    const problem = reply.body?.error?.data ?? reply.body
    if (problem?.status >= 500) judge(history, problem)
    return reply.body?.result?.seq
  }

/** A fault that passes is told as one: the same request may be sent again. */
function judge(history: History, problem: { code?: string; retryable?: boolean } | undefined): void {
  if (problem?.retryable !== true) history.unclear.push(JSON.stringify(problem ?? 'no words'))
}

function openSocketWay(): { send: Way; close: () => void } {
  let open: { url: string; socket: Dialled } | undefined
  const drop = () => {
    open?.socket.ws.terminate()
    open = undefined
  }
  return {
    async send(url, as, { id, room, body }) {
      try {
        open ??= { url, socket: await withinReason(dial(url, { as })) }
        const reply = await withinReason(open.socket.call('message.post', { room, id, body }))
        if (reply.seq === undefined) drop()
        return reply.seq
      } catch (error) {
        drop()
        throw error
      }
    },
    close: drop,
  }
}

/** A client does not wait for ever; but whatever breaks here goes on after seconds, and a busy machine takes its time. */
export function withinReason<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return Promise.race([
    work,
    new Promise<never>((_, reject) => setTimeout(() => reject(new Error('no answer')), 60_000).unref()),
  ])
}
