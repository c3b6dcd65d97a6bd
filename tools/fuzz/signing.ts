import { contentDigest, type Identity, newNonce, signatureBase, signV0, toBase64 } from '@aicq/protocol'
import type { Random } from './random.ts'

export type Headers = [name: string, value: string][]

/** The parts of a request as they will stand on the wire, where a URL would tidy them up. */
export interface Target {
  readonly method: string
  readonly authority: string
  readonly path: string
  /** With its question mark; empty where there is none. */
  readonly query: string
  readonly body: Buffer
}

/** Signs by RFC 9421. `keyid` as given, since registration signs by the did:key. */
export async function rfc9421(as: Identity, { method, authority, path, query, body }: Target, keyid: string) {
  const digest = body.length > 0 ? { contentDigest: contentDigest(body) } : {}
  const covered = ['@method', '@authority', '@path', '@query', ...(body.length > 0 ? ['content-digest'] : [])]
  const list = covered.map((name) => `"${name}"`).join(' ')
  const created = Math.floor(Date.now() / 1000)
  const parameters = `(${list});created=${created};nonce="${newNonce()}";keyid="${keyid}";tag="aicq"`
  const base = signatureBase({ covered, parameters }, { method, authority, path, query: query || '?', ...digest })
  const headers: Headers = [
    ['Signature-Input', `aicq=${parameters}`],
    ['Signature', `aicq=:${toBase64(await as.sign(base))}:`],
  ]
  if (digest.contentDigest) headers.push(['Content-Digest', digest.contentDigest])
  return headers
}

/** Signs by the headers of v0. */
export async function v0(as: Identity, body: Buffer): Promise<Headers> {
  return Object.entries(await signV0(as, body))
}

const junk = [
  ...['', ' ', 'x', ':', '=', 'aicq', 'aicq=', 'aicq=()', 'aicq=::', 'aicq=:AAAA:', 'aicq=1', 'aicq=("@method")', '"'],
  ...['aicq=("@method" "@method");created=1', 'aicq=("@path";req);tag="aicq"', 'a=(), b=()', 'aicq=(((', 'sha-256=:AA'],
  ...['-1', '0', '1e3', '99999999999999999999', 'null', '%00', '\xff\xfe', 'é', '00000000-0000-0000-0000-000000000000'],
  ...['A'.repeat(86), `${'A'.repeat(86)}==`, `aicq=:${'A'.repeat(86)}==:`, 'x'.repeat(4_000), '('.repeat(2_000)],
  ...['a=1;'.repeat(800), 'aicq=(    )', `aicq=${' '.repeat(3_000)}()`, '"\\'.repeat(1_000), '__proto__=:AAAA:'],
]

/** Leaves a header out, doubles it, cuts it, or puts something else there. */
export function damage(random: Random, headers: Headers): Headers {
  const at = random.int(headers.length)
  const [name, value] = headers[at]!
  const cut = value.slice(0, random.int(value.length))
  const changed: Headers = random.pick<Headers>([
    [],
    [[name, random.pick(junk)]],
    [[name, random.pick(junk)]],
    [[name, cut]],
    [
      [name, value],
      [name, value],
    ],
    [
      [name, value],
      [name, random.pick(junk)],
    ],
    [[name, value.replace(/[0-9]/, (digit) => String((Number(digit) + 1) % 10))]],
    [[name, value.toUpperCase()]],
  ])
  return headers.toSpliced(at, 1, ...changed)
}
