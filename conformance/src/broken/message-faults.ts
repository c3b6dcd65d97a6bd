import { isOf, isRefusal, read, success, withBody } from './answers.ts'
import type { Broken } from './faults.ts'
import type { Answered } from './proxy.ts'

const post = 'POST /v1/room/[^/]+'

/** Servers that are wrong about messages and keys. */
export const messageFaults: readonly Broken[] = [
  {
    name: 'reorders a page',
    areas: ['order'],
    fails: ['a page is newest first, or with order=asc oldest first'],
    make: () => ({
      answer(answered, { line }) {
        if (!/^GET \/v1\/room\/[^/?]+\?$/.test(line) || !(read(answered.text).messages?.length >= 4)) return answered
        return withBody(answered, ({ messages: [first, second, ...rest], ...page }) => ({
          ...page,
          messages: [second, first, ...rest],
        }))
      },
    }),
  },
  {
    name: 'leaves a gap between the numbers of a room',
    areas: ['order'],
    fails: ['posts that come at once are counted 1, 2, 3 without gaps, and their times never fall'],
    make: () => ({
      answer: (answered, { line }) =>
        line.endsWith('?order=asc&limit=50')
          ? withBody(answered, (page) => ({
              ...page,
              messages: page.messages.map((one: { seq: number }) => ({ ...one, seq: one.seq + Number(one.seq > 9) })),
            }))
          : answered,
    }),
  },
  {
    name: 'still shows a message that was deleted',
    areas: ['order'],
    fails: ['a deleted message is gone from every read and search'],
    make() {
      const remembered = new Map<string, Answered>()
      return {
        answer(answered, asked) {
          if (isOf(asked, post) && answered.status === 201) remembered.set(read(answered.text).id, answered)
          const known = remembered.get(asked.line.split('/').at(-1)!)
          return isRefusal(answered, 'message_not_found') && known ? { ...known, status: 200 } : answered
        },
      }
    },
  },
  {
    name: 'takes a message that is sent again for a new one',
    areas: ['messages'],
    fails: [
      'an idempotent repeat gets the first answer again with 200, and is stored once',
      'of eight posts with one id at once, one is stored and all get it',
    ],
    make: () => ({
      answer: (answered, asked) =>
        isOf(asked, post) && answered.status === 200 && !read(answered.text).sig
          ? withBody({ ...answered, status: 201 }, (message) => ({ ...message, seq: message.seq + 1 }))
          : answered,
    }),
  },
  {
    name: 'changes the body of a signed message',
    areas: ['messages'],
    fails: ['a signed message needs no signed request, and carries what its author signed'],
    make: () => ({
      answer: (answered, asked) =>
        isOf(asked, post) && read(answered.text).sig
          ? withBody(answered, (message) => ({ ...message, body: `${message.body} ` }))
          : answered,
    }),
  },
  {
    name: 'gives a one-time prekey again when none is left',
    areas: ['prekeys'],
    fails: [
      'a one-time prekey is given once, also to those who ask at the same time; then the last resort',
      'one agent gets one one-time prekey a day of an installation',
    ],
    make() {
      const given = new Map<string, object>()
      return {
        answer(answered, asked) {
          const { one_time } = read(answered.text)
          if (!isOf(asked, 'POST /v1/prekeys/[^/]+') || !one_time) return answered
          if (one_time.purpose === 'one-time') given.set(asked.line, one_time)
          return withBody(answered, (bundle) => ({ ...bundle, one_time: given.get(asked.line) ?? one_time }))
        },
      }
    },
  },
  {
    name: 'accepts an answer that is not signed for the offer',
    areas: ['keyExchanges'],
    fails: ['offers and answers that are not signed as they say are signature_invalid'],
    make: () => ({
      answer: (answered, asked) =>
        isRefusal(answered, 'signature_invalid') && isOf(asked, 'POST /v1/keyexchange/[^/]+/accept')
          ? success(200, {})
          : answered,
    }),
  },
]
