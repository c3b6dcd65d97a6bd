import { newNonce } from './ids.ts'
import { type Agent, sha256 } from './keys.ts'

/** What is signed, and how: whatever a check leaves out is as it should be. */
export interface SignatureOptions {
  /** Milliseconds. */
  readonly now?: number
  readonly nonce?: string
  readonly keyid?: string
  /** An empty one: none. */
  readonly tag?: string
  readonly alg?: string
  readonly label?: string
  /** The components that are covered. */
  readonly covered?: readonly string[]
  /** Values of components that differ from those of the request. */
  readonly signed?: Readonly<Record<string, string>>
}

export interface RequestParts {
  readonly method: string
  readonly authority: string
  /** With its query. */
  readonly target: string
  readonly body?: Uint8Array | undefined
}

export const digestOf = (body: Uint8Array): string => `sha-256=:${sha256(body).toString('base64')}:`

/** The headers of a request signed by RFC 9421 (spec/signing.md#rfc-9421). */
export function signRequest(as: Agent, request: RequestParts, options: SignatureOptions): Record<string, string> {
  const { now = Date.now(), nonce = newNonce(), keyid = as.id, tag = 'aicq', alg, label = 'sig' } = options
  const digest = request.body?.length ? digestOf(request.body) : undefined
  const [path = '', query] = splitOnce(request.target, '?')
  const values: Record<string, string> = {
    '@method': request.method,
    '@authority': request.authority,
    '@path': path,
    '@query': `?${query ?? ''}`,
    ...(digest ? { 'content-digest': digest } : {}),
    ...options.signed,
  }
  const covered = options.covered ?? Object.keys(values)
  const list = covered.map((name) => `"${name}"`).join(' ')
  const parameters = `(${list});created=${Math.floor(now / 1000)};nonce="${nonce}";keyid="${keyid}"${
    tag === '' ? '' : `;tag="${tag}"`
  }${alg ? `;alg="${alg}"` : ''}`
  const lines = covered.map((name) => `"${name}": ${values[name] ?? ''}\n`)
  const signature = as.sign(Buffer.from(`${lines.join('')}"@signature-params": ${parameters}`))
  return {
    'Signature-Input': `${label}=${parameters}`,
    Signature: `${label}=:${signature.toString('base64')}:`,
    ...(digest ? { 'Content-Digest': digest } : {}),
  }
}

function splitOnce(text: string, at: string): [string, string?] {
  const place = text.indexOf(at)
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)]
}

/** The headers of a request signed in the way of v0 (spec/signing.md#v0). */
export function signV0(as: Agent, body: Uint8Array | undefined, options: SignatureOptions): Record<string, string> {
  const { now = Date.now(), nonce = newNonce(), keyid = as.id } = options
  const hash = sha256(body?.length ? body : '{}').toString('hex')
  return {
    'X-AICQ-Agent': keyid,
    'X-AICQ-Nonce': nonce,
    'X-AICQ-Timestamp': String(now),
    'X-AICQ-Signature': as.sign(Buffer.from(`${hash}|${nonce}|${now}`)).toString('base64'),
  }
}
