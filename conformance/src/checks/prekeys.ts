import { generateKeyPairSync, randomUUID } from 'node:crypto'
import type { Check } from '../check.ts'
import { answered, equal, must, refused } from '../expect.ts'
import { signPrekey } from '../wire/envelopes.ts'
import { type Agent, publicBytes } from '../wire/keys.ts'
import type { World } from '../world.ts'
import { giveUpKey } from './key-scene.ts'

const level = 'private'
const day = 86_400_000

const newKey = () => publicBytes(generateKeyPairSync('x25519').privateKey)

/** An agent with an installation, and what it leaves there. */
async function scene(world: World) {
  const ada = await world.agent()
  const installation = randomUUID()
  const made = (purpose: string, changes: object = {}) =>
    signPrekey(ada, {
      purpose,
      installation,
      key: newKey(),
      created: world.now(),
      expires: world.now() + 30 * day,
      ...changes,
    })
  const publish = (...prekeys: object[]) => world.ask('POST /v1/prekeys', { as: ada, body: { installation, prekeys } })
  const take = (as: Agent) => world.ask(`POST /v1/prekeys/${ada.id}`, { as, body: { installation } })
  return { ada, installation, made, publish, take }
}

/** Keys that installations leave with a server. */
export const prekeys: readonly Check[] = [
  {
    name: 'an installation leaves prekeys, and sees how many are left',
    rule: 'key-exchange.md#leaving-prekeys',
    level,
    async run(world) {
      const { ada, installation, made, publish } = await scene(world)
      const [signed, last] = [made('signed'), made('last-resort')]
      const one = { installation, signed, last_resort: last, one_time: 2 }
      const oneTime = [made('one-time'), made('one-time')]
      equal('installation', answered(await publish(signed, last, ...oneTime), 200), one)
      equal('after the same again', answered(await publish(...oneTime), 200), one)
      equal('installations', answered(await world.ask('GET /v1/prekeys', { as: ada }), 200).installations, [one])
      const newer = made('signed')
      equal('signed', answered(await publish(newer), 200).signed, newer)
    },
  },
  {
    name: 'every request about prekeys and key exchanges has to be signed',
    rule: 'key-exchange.md#prekeys',
    level,
    async run(world) {
      const { ada, installation, made } = await scene(world)
      const body = { installation, prekeys: [made('signed')] }
      refused(await world.ask('POST /v1/prekeys', { body }), 'signature_missing')
      refused(await world.ask(`POST /v1/prekeys/${ada.id}`, { body: { installation } }), 'signature_missing')
      for (const line of ['GET /v1/prekeys', `GET /v1/prekeys/${ada.id}`, `DELETE /v1/prekeys/${installation}`])
        refused(await world.ask(line), 'signature_missing')
      refused(await world.ask('GET /v1/keyexchange'), 'signature_missing')
      refused(await world.ask(`POST /v1/keyexchange/${installation}/decline`), 'signature_missing')
      equal('installations', answered(await world.ask('GET /v1/prekeys', { as: ada }), 200).installations, [])
    },
  },
  {
    name: 'listing the installations of an agent uses nothing up',
    rule: 'key-exchange.md#taking-prekeys',
    level,
    async run(world) {
      const { ada, installation, made, publish } = await scene(world)
      const signed = made('signed')
      answered(await publish(signed, made('one-time')), 200)
      const { installations } = answered(await world.ask(`GET /v1/prekeys/${ada.id}`, { as: await world.agent() }), 200)
      equal('installations', installations, [{ installation, signed }])
      equal('one_time', answered(await world.ask('GET /v1/prekeys', { as: ada }), 200).installations[0].one_time, 1)
    },
  },
  {
    name: 'a one-time prekey is given once, also to those who ask at the same time; then the last resort',
    rule: 'key-exchange.md#taking-prekeys',
    level,
    async run(world) {
      const { made, publish, take } = await scene(world)
      const [signed, last] = [made('signed'), made('last-resort')]
      const oneTime = [made('one-time'), made('one-time')]
      answered(await publish(signed, last, ...oneTime), 200)
      const bundles = await Promise.all((await world.someAgents(4)).map(async (as) => answered(await take(as), 200)))
      for (const bundle of bundles) equal('signed', bundle.signed, signed)
      const given = bundles.map(({ one_time }) => one_time?.id).sort()
      equal('prekeys that were given', given, [...oneTime, last, last].map(({ id }) => id).sort())
    },
  },
  {
    name: 'one agent gets one one-time prekey a day of an installation',
    rule: 'key-exchange.md#taking-prekeys',
    level,
    async run(world) {
      const { made, publish, take } = await scene(world)
      const last = made('last-resort')
      answered(await publish(made('signed'), last, made('one-time'), made('one-time')), 200)
      const bob = await world.agent()
      equal('purpose', answered(await take(bob), 200).one_time.purpose, 'one-time')
      equal('prekey', answered(await take(bob), 200).one_time, last)
    },
  },
  {
    name: 'prekeys that are not signed by their agent, or not usable, are refused',
    rule: 'key-exchange.md#leaving-prekeys',
    level,
    async run(world) {
      const { ada, installation, made, publish } = await scene(world)
      const good = made('signed')
      refused(await publish({ ...good, expires: good.expires + 1 }), 'signature_invalid')
      refused(await publish(made('signed', { key: Buffer.alloc(32) })), 'invalid_public_key')
      refused(await publish(made('signed', { key: Buffer.alloc(32, 0xff) })), 'invalid_public_key')
      refused(await publish(made('signed', { expires: world.now() + 400 * day })), 'invalid_request')
      refused(await publish(made('signed', { installation: randomUUID() })), 'invalid_request')
      const own = { purpose: 'signed', installation, key: newKey(), created: world.now(), expires: world.now() + day }
      answered(await publish(signPrekey(await world.agent(), own)), 400, 401)
      equal('installations', answered(await world.ask('GET /v1/prekeys', { as: ada }), 200).installations, [])
    },
  },
  {
    name: 'an installation that is not there is installation_not_found, and taking one away again changes nothing',
    rule: 'key-exchange.md#taking-prekeys',
    level,
    async run(world) {
      const { ada, installation, made, publish, take } = await scene(world)
      const bob = await world.agent()
      refused(await take(bob), 'installation_not_found')
      answered(await publish(made('signed')), 200)
      for (const _ of [1, 2]) answered(await world.ask(`DELETE /v1/prekeys/${installation}`, { as: ada }), 204)
      refused(await take(bob), 'installation_not_found')
    },
  },
  {
    name: 'prekeys of a key that was given up are given to nobody',
    rule: 'key-exchange.md#taking-prekeys',
    level,
    async run(world) {
      const { ada, made, publish, take } = await scene(world)
      answered(await publish(made('signed'), made('one-time')), 200)
      await giveUpKey(world, ada)
      const bob = await world.agent()
      refused(await take(bob), 'installation_not_found')
      const { installations } = answered(await world.ask(`GET /v1/prekeys/${ada.id}`, { as: bob }), 200)
      must(installations.length === 0, 'no installation', installations)
    },
  },
  {
    name: 'an agent has at most 8 installations, and an installation 100 one-time prekeys',
    rule: 'limits.md#sizes',
    level,
    async run(world) {
      const { ada, made, publish } = await scene(world)
      answered(await publish(made('signed'), ...Array.from({ length: 100 }, () => made('one-time'))), 200)
      refused(await publish(made('one-time')), 'quota_reached')
      for (const at of [2, 3, 4, 5, 6, 7, 8, 9]) {
        const installation = randomUUID()
        const body = { installation, prekeys: [made('signed', { installation })] }
        const answer = await world.ask('POST /v1/prekeys', { as: ada, body })
        if (at < 9) answered(answer, 200)
        else refused(answer, 'quota_reached')
      }
    },
  },
]
