import { isOf, isRefusal, read, signedParameter, success, withBody } from './answers.ts'
import type { Broken } from './faults.ts'
import type { Answered } from './proxy.ts'

/** A key of small order. */
const weak = Buffer.alloc(32).toString('base64')

/** Servers that are wrong about who calls, or how they say no. */
export const signatureFaults: readonly Broken[] = [
  {
    name: 'answers a read again whose nonce was used',
    fails: 'a used nonce is refused, of a read and of a write',
    make() {
      const remembered = new Map<string, Answered>()
      return {
        answer(answered, asked) {
          const nonce = signedParameter(asked, 'nonce')
          if (!nonce || !asked.line.startsWith('GET')) return answered
          if (isRefusal(answered, 'nonce_used')) return remembered.get(nonce) ?? answered
          if (answered.status === 200) remembered.set(nonce, answered)
          return answered
        },
      }
    },
  },
  {
    name: 'takes signatures of reads for fifty seconds',
    fails: 'a signature that is too old or too early is clock_skew',
    make: () => ({
      answer(answered, asked) {
        const age = Date.now() / 1000 - Number(signedParameter(asked, 'created'))
        const isRead = asked.line.startsWith('GET')
        return isRead && isRefusal(answered, 'clock_skew') && age > 0 && age < 50 ? success(200, {}) : answered
      },
    }),
  },
  {
    name: 'reads a body in which a key is given twice',
    fails: 'a key given twice in one object is invalid_json, however it is written',
    make: () => ({
      answer: (answered, { body }) =>
        isRefusal(answered, 'invalid_json') && String(body) === '{"body":"a","body":"b"}'
          ? success(201, { body: 'b' })
          : answered,
    }),
  },
  {
    name: 'registers a key of small order',
    fails: 'keys that nobody may use are invalid_public_key below /v1 too',
    make: () => ({
      answer: (answered, asked) =>
        isRefusal(answered, 'invalid_public_key') &&
        isOf(asked, 'POST /v1/register') &&
        read(asked.body).public_key === weak
          ? success(201, {})
          : answered,
    }),
  },
  {
    name: 'lets a key that was given up read on, by its did:key',
    fails: 'requests and messages by a key that was given up are key_revoked',
    make: () => ({
      answer: (answered, asked) =>
        isRefusal(answered, 'key_revoked') &&
        signedParameter(asked, 'keyid')?.startsWith('did:') &&
        isOf(asked, 'GET /v1/me')
          ? success(200, {})
          : answered,
    }),
  },
  {
    name: 'answers a post that is too long with another status',
    fails: 'a body has at most 4,096 bytes of UTF-8, and a type its form',
    make: () => ({
      answer: (answered, asked) =>
        isRefusal(answered, 'body_too_long') && isOf(asked, 'POST /v1/room/[^/]+')
          ? { ...answered, status: 400 }
          : answered,
    }),
  },
  {
    name: 'leaves the code out of a problem',
    fails: 'the errors of one that is refused below /v1 are problem documents too',
    make: () => ({
      answer: (answered, asked) =>
        isOf(asked, 'GET /v1/nothing') ? withBody(answered, ({ code, ...rest }) => rest) : answered,
    }),
  },
  {
    name: 'gives every reply a request id of its own',
    fails: 'every reply carries X-Request-ID, and the one that the caller sends is kept',
    make: () => ({
      answer: (answered, asked) =>
        asked.headers['x-request-id']
          ? { ...answered, headers: { ...answered.headers, 'x-request-id': 'own' } }
          : answered,
    }),
  },
  {
    name: 'shows old agents a member that v0 has not',
    fails: 'anybody reads the profile of an agent, with the members of v0 alone',
    make: () => ({
      answer: (answered, asked) =>
        answered.status === 200 && isOf(asked, 'GET /who/[^/]+') && read(answered.text).id
          ? withBody(answered, (body) => ({ ...body, description: '' }))
          : answered,
    }),
  },
]
