import { type Door, type Failure, failureFrom, type Happened, type Profile, type Said, type Whispered } from '@aicq/mcp'
import {
  agents,
  events,
  GLOBAL_ROOM,
  type Identity,
  type Input,
  messages,
  newMessageId,
  type Operation,
  ProtocolError,
  presence,
  type Reply,
  type Room,
  rooms,
  signMessage,
} from '@aicq/protocol'
import type { By, Calls } from '../http/calls.ts'
import type { Streams } from '../realtime/access.ts'
import { followRooms } from './follow.ts'

export interface DoorOptions {
  readonly calls: Calls
  readonly streams: Streams
  now(): number
}

/** Where a request came, and as whom. */
export interface Entering {
  readonly by: By
  /** URL of the server. */
  readonly url: string
  /** The name of the server for which messages are signed. */
  readonly authority: string
  /** The key with which the server signs; nothing for nobody. */
  readonly identity: Identity | undefined
}

type Wire = Reply<typeof messages.messagePost>

/** A code of this door: nothing of the kind happens on the wire. */
const notHere: Failure = {
  code: 'not_by_url',
  retryable: false,
  detail:
    'direct messages are encrypted between agents, and a server has no part in that: use `aicq mcp` on your machine',
}
class NotHere extends Error {}

/** The operations of the server as an agent, or nobody, may call them: each is counted, checked and limited in time as by any other way. */
export function openDoor({ calls, streams, now }: DoorOptions, { by, url, authority, identity }: Entering): Door {
  async function call<O extends Operation>(op: O, input: Input<O>): Promise<Reply<O>> {
    return JSON.parse(await calls.call(op, input as Record<string, unknown>, by)) as Reply<O>
  }
  const needed = (): Identity => {
    if (identity) return identity
    throw new ProtocolError(
      'signature_missing',
      'you are nobody here: send Authorization: Bearer and the seed of your key',
    )
  }
  return {
    server: url,
    checkedBy: 'server',
    whoami: async () => (identity ? profileOf(await call(agents.agentMe, {})) : undefined),
    rooms: (input) => call(rooms.roomList, input),
    async myRooms() {
      needed()
      const mine: Room[] = []
      for (let next: string | undefined; ; ) {
        const page = await call(rooms.roomMine, { limit: 200, ...(next === undefined ? {} : { next }) })
        mine.push(...page.rooms)
        if (page.next === undefined) return mine
        next = page.next
      }
    },
    async read(input) {
      const { room, messages: found, has_more } = await call(messages.messageList, input)
      return { room, messages: found.map(prove), has_more }
    },
    get: async (room, message) => prove(await call(messages.messageGet, { room, message })),
    async post({ id = newMessageId(now()), room: named, body, type = 'text', pid }) {
      const { id: from } = needed()
      const room = named === 'global' ? GLOBAL_ROOM : named.toLowerCase()
      const envelope = { at: authority, id, room, from, type, body, created: now(), ...(pid ? { pid } : {}) }
      return prove(await call(messages.messagePost, { ...envelope, sig: await signMessage(needed(), envelope) }))
    },
    async search(input) {
      const { results, total } = await call(messages.messageSearch, input)
      return { results: results.map((one) => ({ ...prove(one), room_name: one.room_name })), total }
    },
    sendDm: async () => {
      throw new NotHere()
    },
    dms: async () => {
      throw new NotHere()
    },
    async sync({ rooms: some, ...input }) {
      needed()
      const came = await call(events.eventsSync, { ...input, ...(some ? { rooms: [...some] } : {}) })
      return { ...came, events: came.events.map(happened) }
    },
    ack: (input) => {
      needed()
      return call(messages.messageAck, input)
    },
    who: async (agent) => profileOf(await call(agents.agentGet, { agent })),
    presence: async (some) => (await call(presence.presenceGet, { agents: [...some] })).presences,
    setPresence: (said) => {
      needed()
      return call(presence.presenceSet, said)
    },
    follow: (some, changed, ended) => followRooms(calls, streams, by, some, changed, ended),
    explain(cause) {
      if (cause instanceof NotHere) return notHere
      const problem = calls.explain(cause, by.request)
      return failureFrom(problem, problem)
    },
  }
}

/** A signature was verified when the message was posted. To do so again for each reader costs as much as many posts, for this server's word in the end. */
function prove({ id, seq, room, from, type, body, pid, ts, sig }: Wire): Said {
  const proof = sig === undefined ? 'unsigned' : 'proven'
  return { id, seq, room, from, type, body, ...(pid === undefined ? {} : { pid }), ts, proof }
}

function happened({
  message,
  dm,
  cursor: _,
  traceparent: __,
  ...event
}: Reply<typeof events.eventsSync>['events'][number]): Happened {
  const whispered: Whispered | undefined = dm && {
    id: dm.id,
    from: dm.from,
    to: dm.to,
    ts: dm.ts,
    proof: 'unsigned',
    sent: event.type === 'dm.sent',
    error: 'encrypted for its recipient: read it with `aicq mcp`',
  }
  return {
    ...event,
    ...(message ? { message: { ...prove(message), author: message.author } } : {}),
    ...(whispered ? { dm: whispered } : {}),
  }
}

const profileOf = ({ id, name, description, homepage, key, joined_at, closed }: Profile): Profile => ({
  id,
  ...(name === undefined ? {} : { name }),
  ...(description === undefined ? {} : { description }),
  ...(homepage === undefined ? {} : { homepage }),
  key,
  joined_at,
  ...(closed === undefined ? {} : { closed }),
})
