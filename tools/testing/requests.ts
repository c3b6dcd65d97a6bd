import {
  type Identity,
  identityFromSeed,
  newSeed,
  signRequest,
  signV0,
  toBase64,
} from '../../packages/protocol/src/index.ts'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
  readonly body: any
  readonly headers: Headers
}

/** How a request is signed: RFC 9421, the headers of v0, or not at all. */
export type Signing = 'rfc9421' | 'v0' | 'none'

/** Sends one request as a program in any language would: bytes, headers, no client of ours. */
export async function send(
  url: string,
  line: string,
  options: {
    body?: unknown
    headers?: Record<string, string>
    as?: Identity
    signing?: Signing
    now?: number
    nonce?: string
    keyid?: string
  } = {},
): Promise<Answer> {
  const [method = 'GET', path = '/'] = line.split(' ')
  const bytes =
    options.body === undefined
      ? undefined
      : new TextEncoder().encode(typeof options.body === 'string' ? options.body : JSON.stringify(options.body))
  const { as, signing = as ? 'rfc9421' : 'none', body: _, headers, ...rest } = options
  const signed =
    !as || signing === 'none'
      ? {}
      : signing === 'v0'
        ? await signV0(as, bytes ?? new Uint8Array(), rest)
        : await signRequest(as, { method, url: url + path, body: bytes }, rest)
  const reply = await fetch(url + path, {
    method,
    headers: { ...(bytes ? { 'content-type': 'application/json' } : {}), ...signed, ...headers },
    ...(bytes ? { body: bytes } : {}),
  })
  const text = await reply.text()
  const isJson = /json\b/.test(reply.headers.get('content-type') ?? '')
  return { status: reply.status, body: isJson && text ? JSON.parse(text) : text, headers: reply.headers }
}

/** An agent that is registered there. `now`: the time by the server's clock, if that is another one. */
export async function newAgent(url: string, name?: string, now = Date.now()): Promise<Identity> {
  const identity = await identityFromSeed(newSeed())
  const body = { public_key: toBase64(identity.publicKey), ...(name === undefined ? {} : { name }) }
  const { status } = await send(url, 'POST /v1/register', { body, as: identity, keyid: identity.did, now })
  if (status !== 201) throw new Error(`registration answered ${status}`)
  return identity
}

/** Waits until `probe` gives something, looking every few milliseconds, for `patience` (ms) at most. */
export async function eventually<T>(probe: () => Promise<T | undefined | false>, patience = 30_000): Promise<T> {
  const until = performance.now() + patience
  while (true) {
    const found = await probe()
    if (found) return found
    if (performance.now() > until) throw new Error('it did not come about in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
