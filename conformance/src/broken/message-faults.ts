import { isOf, isRefusal, read, signedParameter, success, withBody } from './answers.ts'
import type { Broken } from './faults.ts'
import type { Answered } from './proxy.ts'

const post = 'POST /v1/room/[^/]+'

/** Servers that are wrong about messages and keys. */
export const messageFaults: readonly Broken[] = [
  {
    name: 'reorders a page',
    fails: 'a page is newest first, or with order=asc oldest first',
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
    fails: 'posts that come at once are counted 1, 2, 3 without gaps, and their times never fall',
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
    name: 'still shows a message that its author deleted to who does not sign',
    fails: 'a deleted message is gone from every read and search',
    make() {
      const [posted, deleted] = [new Map<string, Answered>(), new Map<string, Answered>()]
      return {
        answer(answered, asked) {
          const id = asked.line.split('/').at(-1)!
          if (isOf(asked, post) && answered.status === 201) posted.set(read(answered.text).id, answered)
          if (asked.line.startsWith('DELETE') && posted.has(id)) deleted.set(id, posted.get(id)!)
          const known = signedParameter(asked, 'keyid') ? undefined : deleted.get(id)
          return isRefusal(answered, 'message_not_found') && known ? { ...known, status: 200 } : answered
        },
      }
    },
  },
  {
    name: 'calls a message new that is sent again',
    fails: 'an idempotent repeat gets the first answer again with 200, and is stored once',
    make: () => ({
      answer: (answered, asked) =>
        isOf(asked, post) && answered.status === 200 && !read(answered.text).sig
          ? { ...answered, status: 201 }
          : answered,
    }),
  },
  {
    name: 'counts a message anew each time it is sent',
    fails: 'of eight posts with one id at once, one is stored and all get it',
    make() {
      const times = new Map<string, number>()
      return {
        answer(answered, asked) {
          const { id } = read(asked.body)
          if (!id || read(asked.body).sig || !isOf(asked, post) || answered.status >= 300) return answered
          const time = (times.get(id) ?? 0) + 1
          times.set(id, time)
          return time > 2 ? withBody(answered, (message) => ({ ...message, seq: message.seq + time })) : answered
        },
      }
    },
  },
  {
    name: 'brings the body of a signed message into another normal form',
    fails: 'a signed message needs no signed request, and carries what its author signed',
    make: () => ({
      answer: (answered, asked) =>
        isOf(asked, post) && read(answered.text).sig
          ? withBody(answered, (message) => ({ ...message, body: message.body.normalize('NFD') }))
          : answered,
    }),
  },
  {
    name: 'gives a one-time prekey to a second agent when none is left',
    fails: 'a one-time prekey is given once, also to those who ask at the same time; then the last resort',
    make() {
      const given = new Map<string, { readonly to: string; readonly prekey: object }>()
      return {
        answer(answered, asked) {
          const { one_time } = read(answered.text)
          if (!isOf(asked, 'POST /v1/prekeys/[^/]+') || !one_time) return answered
          const [to, before] = [signedParameter(asked, 'keyid')!, given.get(asked.line)]
          if (one_time.purpose === 'one-time') given.set(asked.line, { to, prekey: one_time })
          const again = before && before.to !== to && one_time.purpose !== 'one-time'
          return again ? withBody(answered, (bundle) => ({ ...bundle, one_time: before.prekey })) : answered
        },
      }
    },
  },
  {
    name: 'accepts an answer that is not signed for the offer',
    fails: 'offers and answers that are not signed as they say are signature_invalid',
    make: () => ({
      answer: (answered, asked) =>
        isRefusal(answered, 'signature_invalid') && isOf(asked, 'POST /v1/keyexchange/[^/]+/accept')
          ? success(200, {})
          : answered,
    }),
  },
]
