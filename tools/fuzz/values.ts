import { type KeyExchange, newMessageId, sizes } from '@aicq/protocol'
import type { TSchema } from 'typebox'
import type { Random } from './random.ts'

/** What is there to be named: hostile requests that name nothing real would not get far. */
export interface World {
  readonly rooms: readonly string[]
  readonly messages: readonly string[]
  readonly agents: readonly string[]
  /** An installation of each agent. */
  readonly installation: string
  /** Offers that the attacker, or somebody else, has made. */
  readonly exchanges: readonly KeyExchange[]
  /** A cursor from before all that there is. */
  readonly cursor: string
  /** Ids of invitations. */
  readonly invitations: readonly string[]
  /** A new public key in base64. */
  readonly newKey: () => string
  /** A key operation that is taken, as JSON. */
  readonly keyOperation?: string
}

type Property = TSchema & {
  type?: string
  format?: string
  pattern?: string
  contentEncoding?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  anyOf?: { const: string }[]
  const?: string
  properties?: Record<string, Property>
  items?: Property
}

const quote = (text: string) => JSON.stringify(text)
const nested = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels)

/** JSON texts, not values: a value could not hold half of these. */
const hostile: readonly string[] = [
  ...['null', 'true', 'false', '0', '-0', '-1', '1.5', '1e308', '1e400', '-1E+9999', '9007199254740991'],
  ...['9007199254740992', '9007199254740993', '-9223372036854775809', '18446744073709551616', '1'.repeat(400)],
  ...['""', '" "', '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00"', '"\\ud83d\\ude00"', '"\\udfff\\ud800"'],
  ...['"\\u202e"', '"\\ufeff"', '"\\uffff"', '"\u2028"', '"\u0085"', '"\x7f"', '"\\\\"', '"%00"', '"%s%n"', '"{}"'],
  ...['"__proto__"', '"constructor"', '"toString"', '"NaN"', '"\'; drop table messages; --"', '"$1"', '"\\\\x00"'],
  ...['[]', '[null]', '["a"]', '{}', '{"a":1}', '{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"":{"":{}}}'],
  ...['{"__proto__":{"admin":true}}', '{"\\u005f_proto__":1}', '{"constructor":{"prototype":{"x":1}}}'],
  ...['{"toString":1}', '{"valueOf":null}', '{"then":1}', '{"length":1e9}', '{"toJSON":"x"}'],
  ...[nested(31, '[', ']'), nested(32, '[', ']'), nested(33, '[', ']'), nested(2_000, '[', ']')],
  ...['{"a":'.repeat(31), '{"a":'.repeat(400)].map((open) => `${open}1${'}'.repeat(open.length / 5)}`),
  ...['NaN', 'Infinity', 'undefined', "'a'", '01', '.5', '1.', '+1', '0x10', '"a', '"\\x41"', '"\t"', '{', ']', ''],
]

/** A JSON text that is seldom what the schema asks for, or just on the edge of it. */
export function hostileValue(random: Random, schema: Property, world: World): string {
  if (random.percent(45)) return random.pick(hostile)
  if (schema.type === 'integer' || schema.type === 'number')
    return random.pick(edges(schema.minimum ?? 0, schema.maximum ?? 100).map(String))
  if (schema.type === 'string') return quote(edgeText(random, schema))
  return goodValue(random, schema, world)
}

const edges = (least: number, most: number) => [least - 1, least, least + 1, most - 1, most, most + 1]
const letters = ['a', '7', ' ', '-', 'é', '語', '😀', '\u0301', '\u200b', '\r\n', '"', '\\', '/', '\x01', '<', '&', '%']

function edgeText(random: Random, { minLength = 0, maxLength }: Property): string {
  const most = maxLength ?? random.pick([26, sizes.roomName, sizes.agentName, sizes.messageBytes])
  const letter = random.pick(letters)
  const wanted = Math.max(0, random.pick(edges(minLength, most)))
  return letter.repeat(random.percent(50) ? wanted : Math.ceil(wanted / Buffer.byteLength(letter)))
}

/** A JSON text that is as it should be. */
export function goodValue(random: Random, schema: Property, world: World, name = ''): string {
  if (schema.type === 'integer') return String((schema.minimum ?? 0) + random.int(20))
  if (schema.type === 'boolean') return String(random.percent(20))
  if (name === 'operation' && world.keyOperation && random.percent(70)) return world.keyOperation
  if (name === 'cursor' && random.percent(70)) return quote(world.cursor)
  if (name === 'items') return batchItems(random, world)
  if (schema.items) return `[${goodValue(random, schema.items, world)}]`
  if (schema.properties) return goodObject(random, schema.properties, world)
  if (schema.const !== undefined) return quote(schema.const)
  if (schema.anyOf) return quote(random.pick(schema.anyOf).const)
  if (schema.format === 'room') return quote(random.pick(world.rooms))
  if (name === 'installation') return quote(world.installation)
  if (name === 'invitation') return quote(random.pick(world.invitations))
  if (name === 'exchange') return quote(random.pick(world.exchanges).id)
  if (schema.format === 'agent' || schema.format === 'uuid') return quote(random.pick(world.agents))
  if (schema.format === 'ulid')
    return quote(name === 'id' || world.messages.length === 0 ? newMessageId() : random.pick(world.messages))
  if (name === 'public_key') return quote(world.newKey())
  if (schema.pattern) return quote(random.pick(['text', 'note/1', 'a'.repeat(64)]))
  if (schema.contentEncoding === 'base64') return quote(ciphertext(random))
  if (name === 'body') return quote(goodBody(random))
  return quote(random.pick(['word', 'two words', 'Z'.repeat(20), 'a-b_c', `x${random.int(1_000)}`]))
}

const goodObject = (random: Random, properties: Record<string, Property>, world: World): string =>
  `{${Object.entries(properties)
    .filter(() => random.percent(70))
    .map(([name, schema]) => `${quote(name)}:${goodValue(random, schema, world, name)}`)
    .join()}}`

/** What message.batch takes, each item with something that is not as it should be in some cases. */
function batchItems(random: Random, world: World): string {
  const item = () => {
    const value = (good: string) => (random.percent(12) ? random.pick(hostile.slice(0, 20)) : good)
    if (random.percent(70))
      return `{"room":${value(quote(random.pick(world.rooms)))},"body":${value(quote(goodBody(random)))}}`
    return `{"agent":${value(quote(random.pick(world.agents)))},"body":${value(quote(ciphertext(random)))}}`
  }
  return `[${Array.from({ length: 1 + random.int(5) }, item).join()}]`
}

/** Bodies that are allowed and unpleasant: they reach the database beside those of others. */
function goodBody(random: Random): string {
  const letter = random.pick(letters)
  const most = Math.floor(sizes.messageBytes / Buffer.byteLength(letter))
  return letter.repeat(random.pick([1, 2, 100, most]))
}

/** What could be an encrypted message, at most a few bytes too short or too long. */
function ciphertext(random: Random): string {
  const length = random.pick([sizes.dmLeastBytes - 1, sizes.dmLeastBytes, 61, 62, 1_000, 6_144, 6_145])
  return Buffer.alloc(length, random.int(256)).toString('base64')
}
