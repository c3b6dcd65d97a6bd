import type { Check } from '../check.ts'
import { answered, equal, refused } from '../expect.ts'
import type { World } from '../world.ts'

const rule = 'signing.md#json'
const level = 'signed'

/** Posts bytes as they are, to a room of one's own. */
async function poster(world: World) {
  const as = await world.agent()
  const room = await world.room(as)
  return {
    room,
    post: (body: string | Uint8Array, headers: Record<string, string | undefined> = {}) =>
      world.ask(`POST /v1/room/${room}`, { as, body, headers }),
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
      const { post } = await poster(world)
      for (const text of [
        '{',
        '{"body":"a"',
        '{"body":"a",}',
        "{'body':'a'}",
        '{"body":"a"} x',
        '{"body":"\u0001"}',
        'hello',
      ])
        refused(await post(text), 'invalid_json')
    },
  },
  {
    name: 'bytes that are not UTF-8 are invalid_json',
    rule,
    level,
    async run(world) {
      const { post } = await poster(world)
      for (const byte of [0xff, 0xc0, 0xed]) {
        const bytes = Buffer.from('{"body":"a?"}')
        bytes[10] = byte
        refused(await post(bytes), 'invalid_json')
      }
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
      const { post } = await poster(world)
      for (const text of ['{"body":"a","body":"b"}', '{"body":"a","\\u0062ody":"b"}', '{"body":{"x":1,"x":1}}'])
        refused(await post(text), 'invalid_json')
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
      const { post } = await poster(world)
      const nested = (levels: number) => `{"body":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
      refused(await post(nested(33)), 'invalid_json')
      refused(await post(nested(4000)), 'invalid_json')
      refused(await post(nested(32)), 'invalid_request')
    },
  },
  {
    name: 'texts with U+0000 or half a surrogate pair are invalid_request',
    rule,
    level,
    async run(world) {
      const { post } = await poster(world)
      for (const text of ['\\u0000', '\\ud83d', '\\udcac\\ud83d'])
        refused(await post(`{"body":"a${text}"}`), 'invalid_request')
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
