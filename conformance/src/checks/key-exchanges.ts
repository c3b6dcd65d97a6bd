import { diffieHellman, generateKeyPairSync, hkdfSync, randomUUID } from 'node:crypto'
import type { Check } from '../check.ts'
import { answered, each, equal, refused } from '../expect.ts'
import { signAnswer, signOffer } from '../wire/envelopes.ts'
import { type Agent, publicBytes, publicKeyOf, sha256 } from '../wire/keys.ts'
import type { World } from '../world.ts'

const level = 'private'

function newPair() {
  const { privateKey } = generateKeyPairSync('x25519')
  return { privateKey, key: publicBytes(privateKey) }
}

/** Two agents and a stranger, and how one offers another a key. */
async function scene(world: World) {
  const [ada, bob, eve] = await world.someAgents(3)
  const make = (changes: object = {}) => {
    const pair = newPair()
    const about = {
      to: bob.id,
      purpose: 'test/1',
      key: pair.key,
      created: world.now(),
      expires: world.now() + 600_000,
      ...changes,
    }
    return { ...pair, ...signOffer(ada, about) }
  }
  return {
    ada,
    bob,
    eve,
    make,
    send: (body: object) => world.ask(`POST /v1/keyexchange/${bob.id}`, { as: ada, body }),
    list: async (as: Agent, query = '') =>
      answered(await world.ask(`GET /v1/keyexchange${query}`, { as }), 200).exchanges,
    answer: (as: Agent, id: string, body: object) => world.ask(`POST /v1/keyexchange/${id}/accept`, { as, body }),
    decline: (as: Agent, id: string) => world.ask(`POST /v1/keyexchange/${id}/decline`, { as }),
  }
}

/** Two agents agree on a secret. */
export const keyExchanges: readonly Check[] = [
  {
    name: 'an offer waits for its recipient, is accepted, and both have the same secret',
    rule: 'key-exchange.md#secret',
    level,
    async run(world) {
      const { ada, bob, make, send, list, answer } = await scene(world)
      const made = make()
      const offered = answered(await send(made.offer), 201)
      equal(
        'offer',
        [offered.from, offered.from_key, offered.to, offered.state, offered.sig],
        [ada.id, ada.did, bob.id, 'pending', made.offer.sig],
      )
      equal('exchanges', await list(bob, '?direction=received'), [offered])
      const theirs = newPair()
      const reply = signAnswer(bob, made.bytes, theirs.key, world.now())
      answered(await answer(bob, offered.id, reply.answer), 200)
      const [found] = await list(ada, '?direction=sent')
      equal('answer', [found.state, found.answer], ['accepted', { key: bob.did, ...reply.answer }])
      const salt = sha256(made.bytes, reply.bytes)
      const secret = (privateKey: typeof made.privateKey, key: Uint8Array) =>
        Buffer.from(
          hkdfSync(
            'sha256',
            diffieHellman({ privateKey, publicKey: publicKeyOf('x25519', key) }),
            salt,
            'aicq-keyexchange-1',
            32,
          ),
        ).toString('hex')
      equal(
        'secret',
        secret(made.privateKey, Buffer.from(found.answer.public_key, 'base64')),
        secret(theirs.privateKey, made.key),
      )
    },
  },
  {
    name: 'one that was answered, never was, or is of others is exchange_not_found, and all look alike',
    rule: 'key-exchange.md#ends',
    level,
    async run(world) {
      const { bob, eve, make, send, answer, decline } = await scene(world)
      const [made, other] = [make(), make()]
      const { id } = answered(await send(made.offer), 201)
      const { id: answeredId } = answered(await send(other.offer), 201)
      answered(await answer(bob, answeredId, signAnswer(bob, other.bytes, newPair().key, world.now()).answer), 200)
      const reply = (as: Agent) => signAnswer(as, made.bytes, newPair().key, world.now()).answer
      const details: string[] = []
      for (const [as, which] of [
        [eve, id],
        [bob, randomUUID()],
        [bob, answeredId],
      ] as const) {
        const refusal = await answer(as, which, reply(as))
        refused(refusal, 'exchange_not_found')
        details.push(refusal.body.detail.replaceAll(which, 'ID'))
      }
      equal(
        'details',
        details,
        details.map(() => details[0]),
      )
      refused(await decline(eve, id), 'exchange_not_found')
    },
  },
  {
    name: 'strangers see nothing of an exchange',
    rule: 'key-exchange.md#offers',
    level,
    async run(world) {
      const { eve, make, send, list } = await scene(world)
      answered(await send(make().offer), 201)
      equal('exchanges', await list(eve), [])
    },
  },
  {
    name: 'an offer is declined by its recipient, which its maker sees, and taken away by its maker',
    rule: 'key-exchange.md#ends',
    level,
    async run(world) {
      const { ada, bob, make, send, list, decline } = await scene(world)
      const { id } = answered(await send(make().offer), 201)
      answered(await decline(bob, id), 204)
      equal('states', each('state', await list(ada)), ['declined'])
      equal('exchanges', await list(bob), [])
      answered(await decline(ada, id), 204)
      equal('exchanges', await list(ada), [])
    },
  },
  {
    name: 'offers and answers that are not signed as they say are signature_invalid',
    rule: 'key-exchange.md#answers',
    level,
    async run(world) {
      const { bob, make, send, answer } = await scene(world)
      const made = make()
      refused(await send({ ...made.offer, purpose: 'test/2' }), 'signature_invalid')
      const { id } = answered(await send(made.offer), 201)
      const wrong = signAnswer(bob, make().bytes, newPair().key, world.now()).answer
      refused(await answer(bob, id, wrong), 'signature_invalid')
    },
  },
  {
    name: 'keys of small order, or in a second spelling, are invalid_public_key',
    rule: 'key-exchange.md#keys-that-are-refused',
    level,
    async run(world) {
      const { make, send } = await scene(world)
      const base = Buffer.from([0xf6, ...Array(30).fill(0xff), 0x7f]) // 9, as p + 9
      for (const key of [Buffer.alloc(32), Buffer.from([1, ...Array(31).fill(0)]), base, Buffer.alloc(32, 0xff)])
        refused(await send(make({ key }).offer), 'invalid_public_key')
    },
  },
  {
    name: 'the times of an offer are bound, and so is its purpose',
    rule: 'limits.md#times',
    level,
    async run(world) {
      const { make, send } = await scene(world)
      for (const offset of [-400_000, 400_000])
        refused(await send(make({ created: world.now() + offset }).offer), 'clock_skew')
      for (const changes of [
        { expires: world.now() - 1000 },
        { expires: world.now() + 40 * 86_400_000 },
        { purpose: 'No' },
      ])
        answered(await send(make(changes).offer), 400)
    },
  },
  {
    name: 'at most four offers of one agent to another are kept at once',
    rule: 'limits.md#sizes',
    level,
    async run(world) {
      const { ada, make, send, decline } = await scene(world)
      const ids = []
      for (const _ of [1, 2, 3, 4]) ids.push(answered(await send(make().offer), 201).id)
      refused(await send(make().offer), 'quota_reached')
      answered(await decline(ada, ids[0]), 204)
      answered(await send(make().offer), 201)
    },
  },
]
