import type { Check } from '../check.ts'
import { answered, must, refused } from '../expect.ts'
import { canonical } from '../wire/canonical.ts'
import { isSignedBy, keyOfDid } from '../wire/keys.ts'

const level = 'signed'

/** What anybody sees of the audit. */
export const audit: readonly Check[] = [
  {
    name: 'checkpoints are signed by a key that the instance names',
    rule: 'audit.md#checkpoints',
    level,
    async run(world) {
      const { key } = answered(await world.ask('GET /v1/api'), 200)
      must(keyOfDid(key) !== undefined, 'the did:key of the instance', key)
      const { checkpoints, keys } = answered(await world.ask('GET /v1/audit/checkpoints'), 200)
      must(keys.includes(key), 'the key of the instance among its keys', keys)
      for (const { sig, at, count, key, root } of checkpoints) {
        must(keys.includes(key), 'a key of the instance', key)
        must(
          isSignedBy(key, sig, canonical({ aicq: 'audit/1', at, count, key, root })),
          'a signature that verifies',
          sig,
        )
      }
    },
  },
  {
    name: 'entries are read by the administrator alone',
    rule: 'audit.md#reading',
    level,
    async run(world) {
      refused(await world.ask('GET /v1/audit', { as: await world.agent() }), 'not_admin')
    },
  },
  {
    name: 'the clock that the instance tells is the one by which it judges signatures',
    rule: 'operations.md',
    level,
    async run(world) {
      const early = answered(await world.ask('GET /v1/api'), 200).time
      const request = { as: await world.agent(), now: world.now() - 3_600_000 }
      const { server_time } = answered(await world.ask('GET /v1/me', request), 401)
      const late = answered(await world.ask('GET /v1/api'), 200).time
      const second = 1_000 // several servers of one instance agree no better
      must(
        early - second <= server_time && server_time <= late + second,
        `server_time ${early} to ${late}`,
        server_time,
      )
    },
  },
]
