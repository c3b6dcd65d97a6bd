import { type Identity, type KeyOperation, type Operation, toBase64 } from '@aicq/protocol'
import type { TSchema } from 'typebox'
import { type Members, pack } from './bodies.ts'
import { bytesOf, spoil } from './heads.ts'
import { type Random, seeded } from './random.ts'
import { signedMembers, type Target } from './signed.ts'
import { damage, type Headers, rfc9421, v0 } from './signing.ts'
import { goodValue, hostileValue, type World } from './values.ts'

/** One hostile request, ready to be sent. */
export interface Case {
  readonly op: Operation
  readonly number: number
  readonly bytes: Buffer
  readonly halfClose: boolean
  /** The method and path may be another's after all. */
  readonly astray: boolean
}

export interface Cast {
  readonly authority: string
  readonly world: World
  /** A registered agent that signs. */
  readonly agent: Identity
  /** Who may do what others may not. */
  readonly admin: Identity
  /** Keys that may register. */
  readonly keys: readonly Identity[]
  /** Registered agents that may erase themselves. */
  readonly leavers: readonly Identity[]
  /** By the name of the operation that takes it: a key operation, and whose it is. */
  readonly keyOperations: Readonly<Record<string, KeyOperation>>
}

/** Case `number` of an operation: the same for the same seed, but for times, nonces and new ids. */
export async function makeCase(seed: string, op: Operation, number: number, cast: Cast): Promise<Case> {
  const random = seeded(`${seed}/${op.name}/${number}`)
  const leaves = op.name === 'agent.erase'
  const known = op.errors.includes('not_admin') ? cast.admin : cast.agent
  const signer = op.caller === 'key' ? random.pick(cast.keys) : leaves ? random.pick(cast.leavers) : known
  const keyOperation = cast.keyOperations[op.name]
  const world = {
    ...cast.world,
    ...(leaves ? { agents: [signer.id, ...cast.world.agents] } : {}),
    newKey: () => toBase64(signer.publicKey),
    ...(keyOperation ? { agents: [keyOperation.agent], keyOperation: JSON.stringify(keyOperation) } : {}),
  }
  const old = random.percent(50)
  const room = random.pick(world.rooms)
  const params: Record<string, string> = {}
  const path =
    (old ? '' : '/v1') +
    op.path.replaceAll(/\{(\w+)\}/g, (_, name) => {
      params[name] = parameter(random, op, name, world, room)
      return params[name]
    })
  const query = queryOf(random, op, world)
  const members = await membersOf(random, op, old && op.v0, { signer, authority: cast.authority, params, world })
  const body = op.body || random.percent(3) ? pack(random, members) : { bytes: Buffer.alloc(0), headers: [] }
  const target = { method: op.method, authority: cast.authority, path, query, body: body.bytes }
  const headers: Headers = [
    ['Host', cast.authority],
    ...(op.status === 101 && random.percent(80) ? upgrade(random) : closing),
    ...body.headers,
    ...(body.bytes.length > 0 ? ([['Content-Length', String(body.bytes.length)]] as Headers) : []),
    ...(await signatureOf(random, op, old, signer, target)),
  ]
  const requestLine = `${op.method} ${path}${query} HTTP/1.1`
  const framing = { requestLine, headers, body: body.bytes, halfClose: false }
  const astray = random.percent(12)
  const framed = astray ? spoil(random, framing) : framing
  return { op, number, bytes: bytesOf(framed), halfClose: framed.halfClose, astray }
}

const closing: Headers = [['Connection', 'close']]

/** What asks for a socket, most often as it should be. */
function upgrade(random: Random): Headers {
  const most = (good: string, ...bad: string[]) => (random.percent(85) ? good : random.pick(bad))
  return [
    ['Connection', most('Upgrade', 'keep-alive, upgrade', 'close')],
    ['Upgrade', most('websocket', 'WebSocket', 'h2c', 'websocket, h2c', '\xff')],
    ['Sec-WebSocket-Version', most('13', '8', '0', '13, 8', 'x'.repeat(1_000))],
    ['Sec-WebSocket-Key', most('AAAAAAAAAAAAAAAAAAAAAA==', '', 'AAAA', '\xff'.repeat(24))],
    ['Sec-WebSocket-Protocol', most('aicq.v1', '', 'aicq.v2', ',,', 'aicq.v1,,aicq.v1', '\xff')],
    ['Sec-WebSocket-Extensions', most('permessage-deflate', ';', 'x'.repeat(1_000), '\xff')],
  ]
}

async function signatureOf(
  random: Random,
  op: Operation,
  old: boolean,
  signer: Identity,
  target: Parameters<typeof rfc9421>[1],
) {
  if (random.percent(op.caller === 'anyone' ? 60 : 8)) return []
  const keyid = op.caller === 'key' ? signer.did : signer.id
  const way = random.percent(old ? 50 : 5)
  const headers = way ? await v0(signer, target.body) : await rfc9421(signer, target, keyid)
  return random.percent(12) ? damage(random, headers) : headers
}

const paths = [
  ...[
    '',
    '%',
    '%zz',
    '%00',
    '%ff',
    '%c0%af',
    '%ED%A0%80',
    '\xe9',
    '..',
    '%2e%2e%2f',
    '.',
    '%2f',
    'a%2fb',
    '__proto__',
    '*',
  ],
  ...[
    "'%20or%201=1",
    'null',
    '0',
    '-1',
    '1e9',
    ':room',
    '{room}',
    'did:key:',
    'did:key:z6Mk',
    `did:key:z${'1'.repeat(46)}`,
  ],
  ...[
    `did:key:z${'z'.repeat(60)}`,
    'x'.repeat(199),
    'x'.repeat(201),
    'x'.repeat(5_000),
    '%F0%9F%98%80',
    ';',
    '@',
    '+',
    '%0d%0a',
  ],
  ...[
    '7'.repeat(26),
    '8'.repeat(26),
    'Z'.repeat(26),
    'I'.repeat(26),
    '0'.repeat(26),
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ],
]

function parameter(random: Random, op: Operation, name: string, world: World, room: string): string {
  if (random.percent(15)) return random.pick(paths)
  if (name === 'room') return room
  const schema = op.params!.properties[name] as TSchema
  const text: string = JSON.parse(goodValue(random, schema, world, name))
  return random.percent(10) ? text.toLowerCase() : text
}

const queries = [
  ...[
    '',
    '%',
    '%00',
    '%ff',
    '%ED%A0%80',
    '-1',
    '0',
    '1',
    '1e9',
    '0x10',
    '1.5',
    ' 1',
    '+1',
    'NaN',
    'true',
    'null',
    '%5B%5D',
  ],
  ...[
    '999999999999999',
    '9007199254740991',
    '9007199254740993',
    '9'.repeat(100),
    '%27%3B--',
    '%22',
    '%28',
    'a'.repeat(101),
  ],
  ...[
    '%22%22',
    '-',
    '-a',
    'OR',
    'a+OR+OR+b',
    '%21%26%7C%3A%2A',
    '%5C',
    '%E2%80%AE',
    '%F0%9F%98%80',
    '%0A',
    'é',
    '01JAAAAAAAAAAAAAAAAAAAAAAA',
  ],
]
const oddities = [
  '__proto__=1',
  '__proto__[x]=1',
  'constructor=1',
  'limit[]=1',
  'limit=1&limit=2',
  '=',
  '&&',
  '=x',
  'a;b',
  '%=%',
  '%00=%00',
  'x'.repeat(3_000),
]

function queryOf(random: Random, op: Operation, world: World): string {
  const pairs = Object.entries<TSchema>(op.query?.properties ?? {})
    .filter(([name]) => op.query!.required?.includes(name) || random.percent(40))
    .filter(([name]) => name !== 'next' || random.percent(30))
    .map(([name, schema]) => {
      if (random.percent(25)) return `${name}=${random.pick(queries)}`
      return `${name}=${encodeURIComponent(String(JSON.parse(goodValue(random, schema, world, name))))}`
    })
  if (random.percent(op.query ? 15 : 5)) pairs.push(random.pick(oddities))
  if (pairs.length > 0 && random.percent(5)) pairs.push(pairs[0]!)
  return pairs.length > 0 ? `?${pairs.join('&')}` : random.percent(3) ? '?' : ''
}

const ofSignedMessages = ['from', 'at', 'created', 'sig']

/** `old`: whether v0 reads it, which knows no bodies that are signed. */
async function membersOf(random: Random, op: Operation, old: unknown, target: Target): Promise<Members> {
  const { world } = target
  const properties = Object.entries<TSchema>(op.body?.properties ?? { body: { type: 'string' } })
  const required: readonly string[] = op.body?.required ?? []
  const chosen = properties.filter(
    ([name]) => required.includes(name) || random.percent(ofSignedMessages.includes(name) ? 2 : 25),
  )
  let members: Members = chosen.map(([name, schema]) => [name, goodValue(random, schema, world, name)])
  if (!old && random.percent(40)) members = await signedMembers(op, members, target)
  for (let changes = random.pick([0, 0, 0, 1, 1, 1, 2]); changes > 0; changes--)
    members = changed(random, members, properties, world)
  return members
}

function changed(random: Random, members: Members, properties: [string, TSchema][], world: World): Members {
  const [name, schema] = random.pick(properties)
  const value = hostileValue(random, schema, world)
  const at = members.findIndex(([known]) => known === name)
  return random.pick<() => Members>([
    () => (at < 0 ? [...members, [name, value]] : members.with(at, [name, value])),
    () => (at < 0 ? [...members, [name, value]] : members.with(at, [name, value])),
    () => (at < 0 ? [...members, [name, value]] : members.with(at, [name, value])),
    () => [...members, [name, value]],
    () => [...members, [random.pick(['__proto__', 'x', 'constructor', '', 'toString', `${name}\0`, '\ud800']), value]],
    () => (at < 0 ? members : members.toSpliced(at, 1)),
  ])()
}
