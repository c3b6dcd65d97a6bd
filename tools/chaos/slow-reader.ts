import { type Identity, newMessageId } from '../../packages/protocol/src/index.ts'
import { eventually, send } from '../testing/requests.ts'
import { type Dialled, dial } from '../testing/sockets.ts'
import { ask, oneOf, pause, sign } from './call.ts'
import type { Fault } from './faults.ts'
import type { Attempt, Heard, History } from './history.ts'
import { ways } from './readers.ts'
import { insistence, withinReason } from './writers.ts'

/** Each takes six bytes in JSON, and comes once for each subscription: half a megabyte a message. */
const body = '\u0001'.repeat(4_000)
const subscriptions = 20
const atOnce = 4
/** Messages until which a reader that reads nothing must have been cut off: 60 MB. The kernel keeps 37 MB at most of it. */
const most = 124

const slowReaders = async (url: string): Promise<number> => {
  const { body } = await send(url, 'GET /metrics')
  return Number(/^aicq_streams_ended_total\{reason="slow_reader"\} (\d+)$/m.exec(body)?.[1] ?? 0)
}

/** A reader of a room of large messages that now and then stops reading (G5). */
export function slowReader(urls: readonly string[], as: Identity, room: string, cursor: string, history: History) {
  const heard: Heard = { reader: `slow reader of ${as.id}`, room, messages: [] }
  history.heard.push(heard)
  let at = cursor
  let said = 0

  /** Posts a message, again until that is acknowledged. */
  async function post(): Promise<void> {
    const attempt: Attempt = {
      id: newMessageId(),
      room,
      author: as.id,
      body: `${said++} ${body}`.slice(0, body.length),
      began: performance.now(),
    }
    history.attempts.push(attempt)
    while (!attempt.acked && performance.now() < attempt.began + insistence) {
      const { id, body } = attempt
      const call = { jsonrpc: '2.0', id: 1, method: 'message.post', params: { room, id, body } }
      const { seq } = (await ask(await sign(as, 'POST', `${oneOf(urls)}/v1/rpc`, call))).body?.result ?? {}
      if (seq === undefined) await pause(100)
      else attempt.acked = { at: performance.now(), seq }
    }
  }

  /** Subscribes, reads nothing more, and posts until it is cut off. Gives the code, once it reads again. */
  async function overflow(url: string): Promise<number | undefined> {
    let socket: Dialled | undefined
    try {
      socket = await withinReason(dial(url, { as }))
      for (let n = 0; n < subscriptions; n++)
        await withinReason(socket.call('events.subscribe', { rooms: [room], ...(n === 0 && { cursor: at }) }))
      const before = await slowReaders(url)
      socket.ws.pause()
      for (let n = 0; n < most && (await slowReaders(url)) === before; n += atOnce)
        await Promise.all(Array.from({ length: atOnce }, post))
      await eventually(async () => (await slowReaders(url)) > before, 60_000)
      socket.ws.resume()
      return (await withinReason(socket.closed)).code
    } catch {
      return undefined
    } finally {
      socket?.ws.terminate()
    }
  }

  return {
    /** Has it stop reading at one server: the fault is its own, and what it costs must have an end. */
    fault: (async ({ nodes }) => {
      const node = oneOf(nodes)
      let code: number | undefined
      // the server may still be busy with what was done to it before
      for (let tries = 0; tries < 3 && code !== 4001; tries++) code = await overflow(node.url)
      if (code !== 4001) history.unbounded.push(`a reader that reads nothing was not closed with 4001, but: ${code}`)
      await finish()
      return `a reader reads nothing: node ${nodes.indexOf(node) + 1}`
    }) satisfies Fault,
    finish,
  }

  /** Reads on from its cursor until all that was acknowledged has come. */
  async function finish(): Promise<void> {
    const last = Math.max(0, ...history.attempts.flatMap((one) => (one.room === room && one.acked?.seq) || []))
    const isThere = () => (heard.messages.at(-1)?.seq ?? 0) >= last
    for (const until = performance.now() + 60_000; !isThere() && performance.now() < until; await pause(100))
      try {
        for await (const { cursor, message } of ways.socket(oneOf(urls), as, room, at)) {
          at = cursor
          if (message)
            heard.messages.push({ id: message.id ?? message.message_id, seq: message.seq, body: message.body })
          if (isThere()) break
        }
      } catch {}
  }
}
