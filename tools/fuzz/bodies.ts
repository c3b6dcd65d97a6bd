import { gzipSync } from 'node:zlib'
import { sizes } from '@aicq/protocol'
import type { Random } from './random.ts'
import type { Headers } from './signing.ts'

/** Names and JSON texts of a body's members; a name may stand there twice. */
export type Members = [name: string, json: string][]

export interface Packed {
  readonly bytes: Buffer
  readonly headers: Headers
}

const json: Headers = [['Content-Type', 'application/json']]
const written = (members: Members) =>
  `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`

/** The body as JSON, and in some cases spoilt as a whole. */
export function pack(random: Random, members: Members): Packed {
  return packText(random, written(members))
}

/** The same with a text that is made already. */
export function packText(random: Random, text: string): Packed {
  const plain = { bytes: Buffer.from(text), headers: json }
  return random.percent(65) ? plain : random.pick(spoilers)(random, text)
}

type Spoiler = (random: Random, text: string) => Packed
const as = (bytes: Buffer | string, headers: Headers = json): Packed => ({ bytes: Buffer.from(bytes), headers })

const invalidUtf8 = ['ff', 'c0af', 'eda080', 'f4908080', 'e28a', '80', 'f8888080', '00'].map((hex) =>
  Buffer.from(hex, 'hex'),
)
const encodings = ['gzip', 'br', 'deflate', 'identity', 'zstd', '', 'gzip, gzip', 'x'.repeat(500)]
const types = [
  'text/plain',
  'application/json; charset=utf-16',
  'application/jsonx',
  'APPLICATION/JSON',
  'application/json;',
  '',
]
const moreTypes = [
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/ld+json',
  '\xff',
  '/',
  ';',
]

const spoilers: readonly Spoiler[] = [
  (random, text) => insert(random, text, random.pick(invalidUtf8)),
  (random, text) => insert(random, text, random.pick(invalidUtf8)),
  (random, text) => as(text.slice(0, random.int(text.length))),
  (random, text) =>
    as(text.replace(/[{}[\]":,]/g, (mark) => (random.percent(10) ? random.pick(['', ',', '"', '}']) : mark))),
  (random, text) => as(`${random.pick(['\ufeff', ' \n\t', '\x00', '//', ")]}',\n", '\x1f\x8b'])}${text}`),
  (_, text) => as(`${text}${text}`),
  (random, text) => as(random.pick([`[${text}]`, `"${text.length}"`, 'null', '1', 'true', '[]', '""', '{}', '', ' '])),
  (random, text) => sized(random, text),
  (random, text) => sized(random, text),
  (_, text) => as(gzipSync(text), [...json, ['Content-Encoding', 'gzip']]),
  (_, text) => as(gzipSync(text)),
  (_, text) => as(gzipSync(Buffer.alloc(1_000_000, text)), [...json, ['Content-Encoding', 'gzip']]),
  (random, text) => as(text, [...json, ['Content-Encoding', random.pick(encodings)]]),
  (random, text) => as(text, [['Content-Type', random.pick([...types, ...moreTypes])]]),
  (_, text) => as(text, []),
  (_, text) => as(text, [...json, ['Content-Type', 'text/plain']]),
]

function insert(random: Random, text: string, bytes: Buffer): Packed {
  const whole = Buffer.from(text)
  const at = random.int(whole.length)
  return as(Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(at)]))
}

/** Padded with spaces, which JSON allows, to just below or above what a path takes. */
function sized(random: Random, text: string): Packed {
  const most = random.pick([sizes.requestBytesV0, sizes.requestBytesV1]) + random.pick([-1, 0, 1, 5_000])
  return as(text + ' '.repeat(Math.max(0, most - Buffer.byteLength(text))))
}
