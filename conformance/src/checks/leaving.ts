import type { Check } from '../check.ts'
import { answered, each, equal, must, neverFall, refused } from '../expect.ts'
import { registerV0 } from '../v0.ts'
import { encrypt } from '../wire/dm-v1.ts'
import { sha256 } from '../wire/keys.ts'

const level = 'private'

/** Erasing an agent, and taking along what a server holds about it. */
export const leaving: readonly Check[] = [
  {
    name: 'an agent that was erased is as one who never was, and its key does not come back',
    rule: 'leaving.md#retired-keys-and-ids',
    level,
    async run(world) {
      const as = await world.agent({ name: 'Ada' })
      answered(await world.ask(`DELETE /v1/agent/${as.id}`, { as }), 204)
      refused(await world.ask('GET /v1/me', { as }), 'agent_unknown')
      for (const path of ['who/ID', 'agent/ID/keys'])
        refused(await world.ask(`GET /v1/${path.replace('ID', as.id)}`), 'agent_not_found')
      refused(await world.register(as), 'agent_erased')
      refused(await registerV0(world, as), 'agent_erased')
    },
  },
  {
    name: 'what an erased agent said is gone from every read',
    rule: 'leaving.md#erasing',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const room = await world.room(ada)
      const said = await world.post(bob, room, `w${world.id().toLowerCase()}`)
      const answer = await world.post(ada, room, { body: 'answer', pid: said.id })
      answered(await world.ask(`POST /v1/dm/${ada.id}`, { as: bob, body: { body: encrypt('a', ada) } }), 201)
      answered(await world.ask(`POST /v1/dm/${bob.id}`, { as: ada, body: { body: encrypt('b', bob) } }), 201)
      const find = async () => answered(await world.ask(`GET /v1/find?q=${said.body}`), 200).results
      await world.soon('the message', async () => (await find()).length === 1)
      answered(await world.ask(`DELETE /v1/agent/${bob.id}`, { as: bob }), 204)
      equal('messages', answered(await world.ask(`GET /v1/room/${room}`), 200).messages, [answer])
      refused(await world.ask(`GET /v1/room/${room}/${said.id}`), 'message_not_found')
      equal('found', await find(), [])
      equal('direct messages', answered(await world.ask('GET /v1/dm', { as: ada }), 200).messages, [])
      const { members } = answered(await world.ask(`GET /v1/room/${room}/members`), 200)
      equal('members', each('id', members), [ada.id])
      refused(
        await world.ask(`POST /v1/room/${room}`, { as: ada, body: { id: said.id, body: said.body } }),
        'id_conflict',
      )
    },
  },
  {
    name: 'what an agent sends while it is being erased is refused, or erased with the rest',
    rule: 'leaving.md#meanwhile',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const room = await world.room(ada)
      const posting = Array.from({ length: 12 }, () =>
        world.ask(`POST /v1/room/${room}`, { as: bob, body: { body: 'a' } }),
      )
      const erasing = world.ask(`DELETE /v1/agent/${bob.id}`, { as: bob })
      for (const answer of await Promise.all(posting))
        if (answer.status !== 201) refused(answer, 'agent_unknown', 'key_revoked', 'agent_erased')
      answered(await erasing, 204)
      equal('messages', answered(await world.ask(`GET /v1/room/${room}`), 200).messages, [])
    },
  },
  {
    name: 'a room of an erased agent passes to the member who has been there longest',
    rule: 'leaving.md#what-becomes-of-its-rooms',
    level,
    async run(world) {
      const [ada, bob, eve] = await world.someAgents(3)
      const room = await world.room(ada)
      await world.post(bob, room)
      await world.post(eve, room)
      answered(await world.ask(`DELETE /v1/agent/${ada.id}`, { as: ada }), 204)
      equal('owner', answered(await world.ask(`GET /v1/room/${room}/info`), 200).owner, bob.id)
    },
  },
  {
    name: 'a room of an erased agent that has no other member closes',
    rule: 'leaving.md#what-becomes-of-its-rooms',
    level,
    async run(world) {
      const { as, room } = await world.agentWithRoom()
      answered(await world.ask(`DELETE /v1/agent/${as.id}`, { as }), 204)
      refused(await world.ask(`GET /v1/room/${room}/info`), 'room_not_found')
    },
  },
  {
    name: 'an agent is erased, and exported, by itself alone',
    rule: 'leaving.md#erasing',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      refused(await world.ask(`DELETE /v1/agent/${ada.id}`, { as: bob }), 'not_self')
      refused(await world.ask(`GET /v1/agent/${ada.id}/export`, { as: bob }), 'not_self')
      answered(await world.ask('GET /v1/me', { as: ada }), 200)
    },
  },
  {
    name: 'an export is a manifest, its sections in order, and checksums that are right',
    rule: 'leaving.md#export',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const room = await world.room(ada)
      const [mine, theirs] = [await world.post(ada, room, 'mine'), await world.post(bob, room, 'theirs')]
      const { headers, text } = await world.ask(`GET /v1/agent/${ada.id}/export`, { as: ada })
      must(
        headers['content-type']?.startsWith('application/jsonl') === true,
        'application/jsonl',
        headers['content-type'],
      )
      const raw = text.split(/(?<=\n)/)
      const lines = raw.map((line) => JSON.parse(line))
      const [manifest, checksums] = [lines[0].data, lines.at(-1).data]
      equal('manifest', [lines[0].section, manifest.format, manifest.agent], ['manifest', 'aicq-export/1', ada.id])
      equal('the last line', lines.at(-1).section, 'checksums')
      const order = lines.slice(1, -1).map(({ section }) => manifest.sections.indexOf(section))
      neverFall('places of the sections', order)
      for (const section of manifest.sections) {
        const own = raw.filter((_, at) => lines[at].section === section)
        equal(`checksum of ${section}`, checksums[section], {
          count: own.length,
          sha256: sha256(...own).toString('hex'),
        })
      }
      must(text.includes(mine.id) && !text.includes(theirs.body), 'its own messages alone', text.slice(0, 200))
    },
  },
]
