import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { parseDictionary } from 'structured-headers'
import { toBase64 } from '../base64.ts'
import { ProtocolError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { newNonce } from './v0.ts'

/** The parts of a request that a signature covers (RFC 9421, 2.2). */
export interface RequestParts {
  readonly method: string
  /** Host and port, lower case, without the scheme's default port. */
  readonly authority: string
  readonly path: string
  /** With its question mark; `?` where there is no query. */
  readonly query: string
  readonly contentDigest?: string
}

/** A signature as it was received. */
export interface RequestSignature {
  /** What the two headers call it; it means nothing. */
  readonly label: string
  readonly keyid: string
  readonly nonce: string
  /** Seconds. */
  readonly created: number
  readonly covered: readonly string[]
  /** The value of `@signature-params`, exactly as received. */
  readonly parameters: string
  readonly signature: Uint8Array
}

const always = ['@method', '@authority', '@path', '@query']
const components = [...always, 'content-digest']
const invalid = (detail: string) => new ProtocolError('signature_invalid', detail)

/** `label=(...);name=value;...` and nothing else: a label given twice would leave open which of the two was signed. */
const one = /^ *[a-z*][a-z0-9_*.-]*=(\([^()]*\)(?: *; *[a-z*][a-z0-9_*.-]*(?:=(?:"(?:[^"\\]|\\.)*"|[^";,\s]+))?)*) *$/

/** The Content-Digest of a body (RFC 9530). */
export const contentDigest = (body: Uint8Array): string => `sha-256=:${toBase64(sha256(body))}:`

/**
 * Reads the headers Signature-Input and Signature (spec/signing.md#rfc-9421). Errors: `signature_invalid` and `nonce_invalid`, which say
 * what is wrong.
 */
export function parseRequestSignature(signatureInput: string, signature: string): RequestSignature {
  const inputs = dictionary('Signature-Input', signatureInput)
  const signatures = dictionary('Signature', signature)
  if (inputs.size !== 1 || signatures.size !== 1) throw invalid('exactly one signature is expected')
  const [label, input] = [...inputs][0]!
  const value = signatures.get(label)?.[0]
  if (!(value instanceof ArrayBuffer))
    throw invalid(`Signature has no bytes under the label ${label} of Signature-Input`)
  if (value.byteLength !== 64) throw invalid(`an Ed25519 signature has 64 bytes, and this one has ${value.byteLength}`)
  const [items, parameters] = input
  if (!Array.isArray(items)) throw invalid('Signature-Input must be a list of components in parentheses')
  const received = one.exec(signatureInput)?.[1]
  if (received === undefined) throw invalid('Signature-Input must have its one label once')
  return {
    label,
    covered: coveredBy(items),
    ...readParameters(parameters),
    parameters: received,
    signature: new Uint8Array(value),
  }
}

function dictionary(name: string, text: string): ReturnType<typeof parseDictionary> {
  try {
    return parseDictionary(text)
  } catch {
    throw invalid(`${name} is not a dictionary of structured fields (RFC 9651)`)
  }
}

function coveredBy(items: readonly [unknown, ReadonlyMap<string, unknown>][]): string[] {
  const covered = items.map(([name, parameters]) => {
    if (typeof name !== 'string' || !components.includes(name) || parameters.size > 0)
      throw invalid(`Signature-Input covers ${JSON.stringify(name)}; only ${components.join(', ')} may be covered`)
    return name
  })
  if (new Set(covered).size !== covered.length) throw invalid('Signature-Input covers a component twice')
  for (const name of always) if (!covered.includes(name)) throw invalid(`Signature-Input does not cover "${name}"`)
  return covered
}

function readParameters(parameters: ReadonlyMap<string, unknown>): { keyid: string; nonce: string; created: number } {
  const { created, nonce, keyid, tag, alg } = Object.fromEntries(parameters)
  if (!Number.isSafeInteger(created)) throw invalid('Signature-Input needs created, in whole seconds')
  if (typeof keyid !== 'string') throw invalid('Signature-Input needs keyid: the UUID or did:key of the agent')
  if (tag !== 'aicq') throw invalid('Signature-Input needs tag="aicq"')
  if (alg !== undefined && alg !== 'ed25519') throw invalid('the algorithm is ed25519: leave alg out')
  if (typeof nonce !== 'string' || nonce.length < 16 || nonce.length > 128)
    throw new ProtocolError('nonce_invalid', 'Signature-Input needs a nonce of 16 to 128 characters')
  return { keyid, nonce, created: created as number }
}

/** The bytes that are signed: the signature base (RFC 9421, 2.5). Errors: `digest_mismatch` where a covered digest is not there. */
export function signatureBase(
  { covered, parameters }: Pick<RequestSignature, 'covered' | 'parameters'>,
  parts: RequestParts,
): Uint8Array {
  const values: Record<string, string | undefined> = {
    '@method': parts.method,
    '@authority': parts.authority,
    '@path': parts.path,
    '@query': parts.query,
    'content-digest': parts.contentDigest,
  }
  const lines = covered.map((name) => {
    const value = values[name]
    if (value === undefined)
      throw new ProtocolError('digest_mismatch', `the signature covers ${name}, which is missing`)
    return `"${name}": ${value}\n`
  })
  return utf8ToBytes(`${lines.join('')}"@signature-params": ${parameters}`)
}

/**
 * The headers that sign a request: Signature-Input, Signature and, with a body, Content-Digest.
 *
 * @param options `now` in milliseconds; `keyid`: the agent's UUID unless given
 */
export async function signRequest(
  identity: Identity,
  request: { readonly method: string; readonly url: URL | string; readonly body?: Uint8Array | undefined },
  options: { readonly now?: number; readonly nonce?: string; readonly keyid?: string } = {},
): Promise<Record<string, string>> {
  const { now = Date.now(), nonce = newNonce(), keyid = identity.id } = options
  const url = new URL(request.url)
  const digest = request.body?.length ? { contentDigest: contentDigest(request.body) } : {}
  const covered = request.body?.length ? components : always
  const list = covered.map((name) => `"${name}"`).join(' ')
  const parameters = `(${list});created=${Math.floor(now / 1000)};nonce="${nonce}";keyid="${keyid}";tag="aicq"`
  const parts = { method: request.method, authority: url.host, path: url.pathname, query: url.search || '?', ...digest }
  const signature = await identity.sign(signatureBase({ covered, parameters }, parts))
  return {
    'Signature-Input': `aicq=${parameters}`,
    Signature: `aicq=:${toBase64(signature)}:`,
    ...(digest.contentDigest ? { 'Content-Digest': digest.contentDigest } : {}),
  }
}
