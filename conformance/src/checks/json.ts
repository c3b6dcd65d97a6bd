import type { Check } from '../check.ts'
import { answered, equal, refused } from '../expect.ts'
import type { World } from '../world.ts'

const rule = 'signing.md#json'
const level = 'signed'

/** Posts bytes as they are, to a room of one's own. */
async function poster(world: World) {
  const { as, room } = await world.agentWithRoom()
  const post = (body: string | Uint8Array, headers: Record<string, string | undefined> = {}) =>
    world.ask(`POST /v1/room/${room}`, { as, body, headers })
  return {
    post,
    refusesEach: async (code: string, ...bodies: readonly (string | Uint8Array)[]) => {
      for (const body of bodies) refused(await post(body), code)
    },
  }
}

/** How bodies are read. */
export const json: readonly Check[] = [
  {
    name: 'JSON is accepted as RFC 8259 has it, and texts come back as they were sent',
    rule,
    level,
    async run(world) {
      const { post } = await poster(world)
      const text = 'ünï\u2028 \ud83d\udcac "\\ \u0001 \ufeff e\u0301'
      equal('body', answered(await post(JSON.stringify({ body: text })), 201).body, text)
      equal('body', answered(await post(' \n{ "body" : "\\ud83d\\udcac\\/" }\t'), 201).body, '\ud83d\udcac/')
    },
  },
  {
    name: 'what is not JSON is invalid_json',
    rule,
    level,
    async run(world) {
      const { refusesEach } = await poster(world)
      await refusesEach('invalid_json', '{', '{"body":"a"', '{"body":"a",}', "{'body':'a'}", '{"body":"a"} x', 'hello')
      await refusesEach('invalid_json', '{"body":"\u0001"}')
    },
  },
  {
    name: 'bytes that are not UTF-8 are invalid_json',
    rule,
    level,
    async run(world) {
      const { refusesEach } = await poster(world)
      for (const byte of [0xff, 0xc0, 0xed])
        await refusesEach('invalid_json', Buffer.from([...Buffer.from('{"body":"a'), byte, ...Buffer.from('"}')]))
    },
  },
  {
    name: 'a byte order mark is invalid_json',
    rule,
    level,
    run: async (world) => refused(await (await poster(world)).post('\ufeff{"body":"a"}'), 'invalid_json'),
  },
  {
    name: 'a key given twice in one object is invalid_json, however it is written',
    rule,
    level,
    async run(world) {
      const { refusesEach } = await poster(world)
      await refusesEach('invalid_json', '{"body":"a","body":"b"}', '{"body":"a","\\u0062ody":"b"}')
      await refusesEach('invalid_json', '{"body":{"x":1,"x":1}}')
    },
  },
  {
    name: 'the key __proto__ is invalid_json',
    rule,
    level,
    run: async (world) => refused(await (await poster(world)).post('{"body":"a","__proto__":{}}'), 'invalid_json'),
  },
  {
    name: 'more than 32 levels are invalid_json, and 32 are read',
    rule,
    level,
    async run(world) {
      const { refusesEach } = await poster(world)
      const nested = (levels: number) => `{"body":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
      await refusesEach('invalid_json', nested(33), nested(4000))
      await refusesEach('invalid_request', nested(32))
    },
  },
  {
    name: 'texts with U+0000 or half a surrogate pair are invalid_request',
    rule,
    level,
    async run(world) {
      const { refusesEach } = await poster(world)
      await refusesEach('invalid_request', '{"body":"\\u0000"}', '{"body":"\\ud83d"}', '{"body":"\\udcac\\ud83d"}')
    },
  },
  {
    name: 'a body that is not called application/json, or is compressed, is unsupported_media_type',
    rule,
    level,
    async run(world) {
      const { post } = await poster(world)
      for (const headers of [
        { 'Content-Type': 'text/plain' },
        { 'Content-Type': 'application/x-www-form-urlencoded' },
        { 'Content-Encoding': 'gzip' },
      ])
        refused(await post('{"body":"a"}', headers), 'unsupported_media_type')
      answered(await post('{"body":"a"}', { 'Content-Type': 'application/json; charset=utf-8' }), 201)
    },
  },
]
