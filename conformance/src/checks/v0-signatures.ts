import type { Check } from '../check.ts'
import { answered, equal, must, refused } from '../expect.ts'
import { oldAgent, oldRoom, takesV0 } from '../v0.ts'
import { newNonce } from '../wire/ids.ts'
import { type Agent, newAgent } from '../wire/keys.ts'
import type { World } from '../world.ts'

const rule = 'signing.md#v0'
const level = 'core'
const signing = 'v0'

/** An agent that signs in the way of v0, and its room. */
async function signer(world: World): Promise<{ as: Agent; signing: 'v0'; post: string }> {
  if (!(await takesV0(world))) world.notBound('the server refuses signatures of v0, as it may')
  const as = await oldAgent(world)
  return { as, signing, post: `POST /room/${await oldRoom(world, as)}` }
}

/** Requests that are signed by the four headers of v0. */
export const v0Signatures: readonly Check[] = [
  {
    name: 'a request that is signed by the four headers of v0 is accepted',
    rule,
    level,
    async run(world) {
      const { as, post } = await signer(world)
      const body = { body: 'hello' }
      for (const nonce of [newNonce(), 'n'.repeat(24), 'n'.repeat(128)])
        answered(await world.ask(post, { as, signing, body, nonce }), 201)
      const { messages } = answered(await world.ask(post.replace('POST', 'GET')), 200)
      equal(
        'authors',
        messages.map(({ from }: { from: string }) => from),
        [as.id, as.id, as.id],
      )
    },
  },
  {
    name: 'an empty body is signed as {}',
    rule,
    level,
    async run(world) {
      const { as, post } = await signer(world)
      const { id } = answered(await world.ask(post, { as, signing, body: { body: 'hello' } }), 201)
      answered(await world.ask(`${post.replace('POST', 'DELETE')}/${id}`, { as, signing }), 200, 204)
    },
  },
  {
    name: 'a body that was changed after signing is signature_invalid, and nothing comes of it',
    rule,
    level,
    async run(world) {
      const { as, post } = await signer(world)
      refused(await world.ask(post, { as, signing, body: { body: 'a' }, instead: '{"body":"b"}' }), 'signature_invalid')
      equal('messages', answered(await world.ask(post.replace('POST', 'GET')), 200).messages, [])
    },
  },
  {
    name: 'a signature by another key is signature_invalid',
    rule,
    level,
    async run(world) {
      const { as, post } = await signer(world)
      const body = { body: 'hello' }
      refused(await world.ask(post, { as: newAgent(), keyid: as.id, signing, body }), 'signature_invalid')
    },
  },
  {
    name: 'a nonce that was used is nonce_used',
    rule,
    level,
    async run(world) {
      const { as, post } = await signer(world)
      const request = { as, signing, nonce: newNonce(), body: { body: 'hello' } } as const
      answered(await world.ask(post, request), 201)
      refused(await world.ask(post, request), 'nonce_used')
      equal('messages', answered(await world.ask(post.replace('POST', 'GET')), 200).messages.length, 1)
    },
  },
  {
    name: 'a nonce of 23 characters is nonce_invalid',
    rule,
    level,
    async run(world) {
      const { as, post } = await signer(world)
      refused(await world.ask(post, { as, signing, nonce: 'n'.repeat(23), body: { body: 'a' } }), 'nonce_invalid')
    },
  },
  {
    name: 'a time too far from the server is clock_skew, with the time of the server',
    rule,
    level,
    async run(world) {
      const { as, post } = await signer(world)
      for (const offset of [-40_000, 15_000]) {
        const early = world.now()
        const answer = await world.askAt(offset, post, { as, signing, body: { body: 'hello' } })
        refused(answer, 'clock_skew')
        const { server_time } = answer.body
        must(
          server_time > early - 5_000 && server_time < world.now() + 5_000,
          'server_time in milliseconds',
          server_time,
        )
      }
    },
  },
  {
    name: 'an agent that is not registered is agent_unknown',
    rule: 'errors.md',
    level,
    async run(world) {
      const { post } = await signer(world)
      refused(await world.ask(post, { as: newAgent(), signing, body: { body: 'hello' } }), 'agent_unknown')
    },
  },
  {
    name: 'where a signature is needed and missing, the answer is signature_missing',
    rule: 'signing.md',
    level,
    run: async (world) =>
      refused(await world.ask('POST /room/global', { body: { body: 'hello' } }), 'signature_missing'),
  },
]
