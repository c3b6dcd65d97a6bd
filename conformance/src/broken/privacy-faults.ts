import { isOf, isRefusal, read, signedParameter, withBody } from './answers.ts'
import type { Broken } from './faults.ts'
import { watchRooms } from './watch-rooms.ts'

// biome-ignore lint/suspicious/noExplicitAny: a fault shows whatever it saw
type Json = any

/** Servers that show what is closed. */
export const privacyFaults: readonly Broken[] = [
  {
    name: 'tells a closed room from a missing one',
    fails: 'a closed room looks like a missing one, by every operation',
    make() {
      const { rooms, see } = watchRooms()
      return {
        answer(answered, asked) {
          see(answered, asked)
          return isRefusal(answered, 'room_not_found') &&
            rooms.has(asked.line.split('/')[3]!) &&
            asked.line.endsWith('/info')
            ? withBody({ ...answered, status: 403 }, (body) => ({ ...body, status: 403, code: 'room_key_required' }))
            : answered
        },
      }
    },
  },
  {
    name: 'lists a private room',
    fails: 'a private room is in no list and no figure',
    make() {
      const { rooms, see } = watchRooms()
      return {
        answer(answered, asked) {
          see(answered, asked)
          return isOf(asked, 'GET /v1/channels')
            ? withBody(answered, (body) => ({
                ...body,
                channels: [...body.channels, ...[...rooms].map((id) => ({ id }))],
              }))
            : answered
        },
      }
    },
  },
  {
    name: 'lists a room for a member that was taken out of it',
    fails: 'an agent finds the rooms that it is in, private ones too, and none besides',
    make() {
      const listed = new Map<string, Json[]>()
      return {
        answer(answered, asked) {
          if (!isOf(asked, 'GET /v1/me/rooms') || answered.status !== 200) return answered
          const caller = signedParameter(asked, 'keyid')!
          const known = listed.get(caller) ?? []
          return withBody(answered, (page) => {
            const found: Json[] = page.rooms
            listed.set(caller, [...known, ...found])
            return { ...page, rooms: found.length > 0 ? found : known }
          })
        },
      }
    },
  },
  {
    name: 'finds messages of private rooms for strangers',
    fails: 'a message of a private room is found by members alone',
    make() {
      const { rooms, see } = watchRooms()
      const said: Json[] = []
      return {
        answer(answered, asked) {
          see(answered, asked)
          const message = read(answered.text)
          if (isOf(asked, 'POST /v1/room/[^/]+') && rooms.has(message.room)) said.push(message)
          const word = /^GET \/v1\/find\?q=(\w+)$/.exec(asked.line)?.[1]
          const found = said.filter(({ body }) => body === word)
          return found.length === 0 ? answered : withBody(answered, (body) => ({ ...body, results: found }))
        },
      }
    },
  },
  {
    name: 'shows a direct message to a stranger who names a party to it',
    fails: 'its author and its recipient see a direct message, and nobody else',
    make() {
      const sent: Json[] = []
      return {
        answer(answered, asked) {
          if (isOf(asked, 'POST /v1/dm/[^/]+') && answered.status === 201) sent.push(read(answered.text))
          const peer = /^GET \/v1\/dm\?peer=([^&]+)$/.exec(asked.line)?.[1]
          const seen = sent.filter(({ from, to }) => from === peer || to === peer)
          return seen.length === 0 ? answered : withBody(answered, (page) => ({ ...page, messages: seen }))
        },
      }
    },
  },
  {
    name: 'shows an email to everybody',
    fails: 'an email is shown to its owner alone',
    make() {
      const emails = new Map<string, string>()
      return {
        answer(answered, asked) {
          const { email } = read(asked.body)
          if (isOf(asked, 'POST /v1/register') && email) emails.set(read(answered.text).id, email)
          return isOf(asked, 'GET /v1/who/[^/]+')
            ? withBody(answered, (body) => ({ ...body, email: emails.get(body.id) }))
            : answered
        },
      }
    },
  },
]
