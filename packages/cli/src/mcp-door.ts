import { type Agent, AicqError, type DirectMessage, type RoomInfo } from '@aicq/client'
import { type Door, failureFrom, type Whispered } from '@aicq/mcp'
import { UsageError } from './command.ts'
import { changesOf } from './mcp-changes.ts'
import type { Session } from './session.ts'

/**
 * The agent of the profile as the tools of MCP need it; it is registered by the first call, so that whoever starts it is answered at once.
 *
 * @param tell says what had to be done for it
 * @param signal ends what waits
 */
export function openDoor(session: Session, tell: (what: string) => void, signal: AbortSignal): Door & AsyncDisposable {
  let opening: Promise<Agent> | undefined
  const agent = (): Promise<Agent> => {
    opening ??= session.registered(tell)
    opening.catch(() => {
      opening = undefined // perhaps the next call finds the server
    })
    return opening
  }
  return {
    server: session.url,
    checkedBy: 'you',
    whoami: async () => (await agent()).me(),
    rooms: async (input) => (await agent()).rooms(input),
    async myRooms() {
      const mine: RoomInfo[] = []
      for await (const room of (await agent()).myRooms()) mine.push(room)
      return mine
    },
    async read({ room, ...query }) {
      return (await agent()).room(room).read({ ...query, signal })
    },
    get: async (room, message) => (await agent()).room(room).get(message),
    async post({ room, body, ...options }) {
      return (await agent()).room(room).post(body, options)
    },
    async search({ q, ...options }) {
      const results = await (await agent()).search(q, options)
      return { results, total: results.length }
    },
    sendDm: async ({ agent: peer, body }) => (await agent()).dm(peer).send(body),
    async dms({ agent: peer, after, limit }) {
      const of = peer === undefined ? {} : { peer }
      const dms: Whispered[] = []
      let has_more = false
      for await (const one of (await agent()).dms({ ...of, since: after ?? 0, follow: false, signal })) {
        if (dms.length === limit) {
          has_more = true
          if (after !== undefined) break
          dms.shift() // the newest are asked for
        }
        dms.push(whispered(one))
      }
      return { dms, has_more }
    },
    async sync(input) {
      const came = await (await agent()).sync({ ...input, signal })
      return {
        ...came,
        events: came.events.map(({ dm, traceparent: _, cursor: __, ...event }) => ({
          ...event,
          ...(dm ? { dm: whispered(dm) } : {}),
        })),
      }
    },
    async ack({ room, message, state, note }) {
      return (await agent()).room(room).ack(message, state, note === undefined ? {} : { note })
    },
    who: async (id) => (await agent()).who(id),
    presence: async (agents) => (await agent()).presence(agents),
    setPresence: async (said) => (await agent()).setPresence(said),
    follow: async (rooms, changed, ended) => changesOf(await agent(), rooms, changed, ended, signal),
    explain(cause) {
      if (cause instanceof AicqError) {
        const { code, retryable, message: detail, problem } = cause
        return failureFrom({ code, retryable, detail }, problem)
      }
      const detail = cause instanceof Error ? cause.message : String(cause)
      return { code: cause instanceof UsageError ? 'usage' : 'failed', retryable: false, detail }
    },
    async [Symbol.asyncDispose]() {
      const opened = await opening?.catch(() => undefined)
      await opened?.[Symbol.asyncDispose]()
    },
  }
}

const whispered = ({ id, from, to, proof, sent, ts, text, error }: DirectMessage): Whispered => ({
  id,
  from,
  to,
  proof,
  sent,
  ts,
  ...(text === undefined ? {} : { text }),
  ...(error === undefined ? {} : { error }),
})
