import { randomBytes } from 'node:crypto'
import type { Check } from '../check.ts'
import { answered, equal, must, refused } from '../expect.ts'
import { decrypt, encrypt } from '../wire/dm-v1.ts'
import { dmBytes, signDm } from '../wire/envelopes.ts'
import { type Agent, isSignedBy, newAgent } from '../wire/keys.ts'
import type { World } from '../world.ts'

const level = 'private'

/** Two agents and a stranger; `list`: what one of them sees. */
async function scene(world: World) {
  const [ada, bob, eve] = await world.someAgents(3)
  const list = async (as: Agent, query = '') => answered(await world.ask(`GET /v1/dm${query}`, { as }), 200)
  const write = (as: Agent, to: Agent, said: object = {}) =>
    world.ask(`POST /v1/dm/${to.id}`, { as, body: { body: encrypt('hello', to), ...said } })
  return { ada, bob, eve, list, write }
}

/** A direct message that its author has signed. */
function signed(world: World, as: Agent, to: Agent, changes: object = {}) {
  const said = {
    at: world.authority,
    id: world.id(),
    from: as.id,
    body: encrypt('signed', to),
    created: world.now(),
    key: to.did,
    ...changes,
  }
  return { ...said, sig: signDm(as, { ...said, to: to.id }) }
}

/** Direct messages: who sees them, and what becomes of them. */
export const dms: readonly Check[] = [
  {
    name: 'a direct message reaches its recipient unchanged, who alone reads it',
    rule: 'encryption.md#aicq-dm-v1',
    level,
    async run(world) {
      const { ada, bob, list } = await scene(world)
      const body = encrypt('geheim \ud83d\udd11', bob)
      const sent = answered(await world.ask(`POST /v1/dm/${bob.id}`, { as: ada, body: { body } }), 201)
      equal('message', [sent.from, sent.from_key, sent.to, sent.body], [ada.id, ada.did, bob.id, body])
      const { messages } = await list(bob)
      equal('messages', messages, [sent])
      equal('text', decrypt(messages[0].body, bob), 'geheim \ud83d\udd11')
    },
  },
  {
    name: 'its author and its recipient see a direct message, and nobody else',
    rule: 'direct-messages.md#reading',
    level,
    async run(world) {
      const { ada, bob, eve, list, write } = await scene(world)
      const sent = answered(await write(ada, bob), 201)
      for (const as of [ada, bob]) equal('messages', (await list(as)).messages, [sent])
      equal('messages of a stranger', (await list(eve)).messages, [])
      equal('messages of a stranger', (await list(eve, `?peer=${ada.id}`)).messages, [])
    },
  },
  {
    name: 'peer and direction narrow what is listed',
    rule: 'direct-messages.md#listing',
    level,
    async run(world) {
      const { ada, bob, eve, list, write } = await scene(world)
      const [toBob, toEve, fromBob] = [
        answered(await write(ada, bob), 201),
        answered(await write(ada, eve), 201),
        answered(await write(bob, ada), 201),
      ]
      equal('messages', (await list(ada)).messages, [fromBob, toEve, toBob])
      equal('messages with bob', (await list(ada, `?peer=${bob.id}&order=asc`)).messages, [toBob, fromBob])
      equal('messages sent', (await list(ada, '?direction=sent&order=asc')).messages, [toBob, toEve])
      equal('messages received', (await list(ada, '?direction=received')).messages, [fromBob])
    },
  },
  {
    name: 'no two have the same time, and who goes on after one misses nothing',
    rule: 'direct-messages.md#listing',
    level,
    async run(world) {
      const { ada, bob, eve, list, write } = await scene(world)
      await Promise.all([ada, eve, ada, eve, ada, eve].map(async (as) => answered(await write(as, bob), 201)))
      const all = (await list(bob, '?order=asc')).messages
      const times = all.map(({ ts }: { ts: number }) => ts)
      must(
        times.every((ts: number, at: number) => at === 0 || ts > times[at - 1]),
        'times that rise',
        times,
      )
      equal('messages', (await list(bob, `?order=asc&after=${times[2]}`)).messages, all.slice(3))
      equal('messages', (await list(bob, `?before=${times[2]}`)).messages, all.slice(0, 2).reverse())
      const first = await list(bob, '?order=asc&limit=4')
      const rest = await list(bob, `?order=asc&limit=4&next=${encodeURIComponent(first.next)}`)
      equal('messages', [...first.messages, ...rest.messages], all)
    },
  },
  {
    name: 'a body that cannot be a ciphertext is not_ciphertext, and a longer one body_too_long',
    rule: 'encryption.md#bodies',
    level,
    async run(world) {
      const { ada, bob, write } = await scene(world)
      const good = randomBytes(60).toString('base64')
      const spelled = `${randomBytes(61).toString('base64').slice(0, -3)}B==`
      for (const body of [
        'hello',
        randomBytes(59).toString('base64'),
        `${good}\n`,
        good.replace(/^./, '-'),
        randomBytes(61).toString('base64').replace(/=+$/, ''),
        spelled,
      ])
        refused(await write(ada, bob, { body }), 'not_ciphertext')
      answered(await write(ada, bob, { body: good }), 201)
      answered(await write(ada, bob, { body: randomBytes(6144).toString('base64') }), 201)
      refused(await write(ada, bob, { body: randomBytes(6147).toString('base64') }), 'body_too_long')
    },
  },
  {
    name: 'bodies of sessions are carried as they are, to whomever they are for',
    rule: 'encryption.md#aicq-dm-v2',
    level,
    async run(world) {
      const { ada, bob, list, write } = await scene(world)
      const body = Buffer.concat([Buffer.from('aicq-dm-2'), randomBytes(120)]).toString('base64')
      answered(await write(ada, bob, { body }), 201)
      equal('body', (await list(bob)).messages[0]?.body, body)
    },
  },
  {
    name: 'a direct message to nobody is agent_not_found',
    rule: 'direct-messages.md#sending',
    level,
    async run(world) {
      const { ada, write } = await scene(world)
      refused(await write(ada, newAgent()), 'agent_not_found')
    },
  },
  {
    name: 'the same direct message again gets the first answer; anything else under its id is id_conflict',
    rule: 'direct-messages.md#repeating',
    level,
    async run(world) {
      const { ada, bob, eve, list, write } = await scene(world)
      const said = { id: world.id(), body: encrypt('once', bob) }
      const first = answered(await write(ada, bob, said), 201)
      equal('message', answered(await write(ada, bob, said), 200), first)
      refused(await write(ada, bob, { id: said.id }), 'id_conflict')
      refused(await write(eve, bob, said), 'id_conflict')
      refused(await write(ada, eve, said), 'id_conflict')
      equal('messages', (await list(bob)).messages, [first])
      refused(
        await world.ask(`POST /v1/room/${await world.room(ada)}`, { as: ada, body: { id: said.id, body: 'a' } }),
        'id_conflict',
      )
    },
  },
  {
    name: 'a signed direct message proves its author, and needs no signed request',
    rule: 'encryption.md#signed-direct-messages',
    level,
    async run(world) {
      const { ada, bob, list } = await scene(world)
      const body = signed(world, ada, bob)
      const message = answered(await world.ask(`POST /v1/dm/${bob.id}`, { body }), 201)
      must(isSignedBy(message.from_key, message.sig, dmBytes(message)), 'a message that proves its author', message)
      equal('messages', (await list(bob)).messages, [message])
      const forged = { ...signed(world, ada, bob), body: encrypt('other', bob) }
      refused(await world.ask(`POST /v1/dm/${bob.id}`, { body: forged }), 'signature_invalid')
      const elsewhere = signed(world, ada, bob, { at: 'aicq.invalid' })
      refused(await world.ask(`POST /v1/dm/${bob.id}`, { body: elsewhere }), 'authority_wrong')
    },
  },
  {
    name: 'what is encrypted for another key than the present one is refused, and the present one named',
    rule: 'direct-messages.md#the-key-that-was-meant',
    level,
    async run(world) {
      const { ada, bob } = await scene(world)
      const answer = await world.ask(`POST /v1/dm/${bob.id}`, {
        body: signed(world, ada, bob, { key: newAgent().did }),
      })
      refused(answer, 'invalid_request')
      equal('key', answer.body.key, bob.did)
    },
  },
  {
    name: 'its recipient acknowledges a direct message: it is gone for both, and its id stays used',
    rule: 'direct-messages.md#acknowledging',
    level,
    async run(world) {
      const { ada, bob, list, write } = await scene(world)
      const said = { id: world.id(), body: encrypt('hello', bob) }
      answered(await write(ada, bob, said), 201)
      answered(await world.ask(`DELETE /v1/dm/${said.id}`, { as: bob }), 204)
      for (const as of [ada, bob]) equal('messages', (await list(as)).messages, [])
      answered(await world.ask(`DELETE /v1/dm/${said.id}`, { as: ada }), 204)
      refused(await write(ada, bob, said), 'message_deleted')
    },
  },
  {
    name: 'its author takes a direct message back, and to others it is message_not_found',
    rule: 'direct-messages.md#acknowledging',
    level,
    async run(world) {
      const { ada, bob, eve, list, write } = await scene(world)
      const { id } = answered(await write(ada, bob), 201)
      refused(await world.ask(`DELETE /v1/dm/${id}`, { as: eve }), 'message_not_found')
      refused(await world.ask(`DELETE /v1/dm/${world.id()}`, { as: ada }), 'message_not_found')
      answered(await world.ask(`DELETE /v1/dm/${id}`, { as: ada }), 204)
      equal('messages', (await list(bob)).messages, [])
    },
  },
]
