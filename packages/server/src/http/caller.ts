import { Buffer } from 'node:buffer'
import {
  agentIdOf,
  contentDigest,
  isUuid,
  type Operation,
  ProtocolError,
  parseRequestSignature,
  publicKeyOfDidKey,
  signatureBase,
  v0Payload,
  windows,
} from '@aicq/protocol'
import type { Origin } from '../origin.ts'
import type { Received } from './received.ts'

/** An agent that made a signature. */
type Signer = Omit<CallingAgent, 'nonce'>

/** An agent that signed a request. `nonce` is claimed with the effect of the write. */
export interface CallingAgent {
  readonly id: string
  readonly did: string
  readonly keyVersion: number
  readonly nonce?: string
  readonly origin?: Origin
}

export interface Caller {
  readonly agent?: CallingAgent
  /** The key of a private room that was sent along, right or wrong. */
  readonly roomKey?: string
  /** Keys of private rooms that were sent along, by room, right or wrong. */
  readonly roomKeys?: Readonly<Record<string, string>>
  /** Claims the nonce of a read, once; false if it has been used. */
  readonly isFresh?: () => Promise<boolean>
  /** A key that signed without being known yet. */
  readonly key?: { readonly did: string; readonly nonce?: string }
  readonly origin?: Origin
}

/** Who calls an operation: where it asks for an agent, there is one. */
export type CallerOf<O extends Operation> = O['caller'] extends 'agent'
  ? Caller & { readonly agent: CallingAgent }
  : Caller

/** What checking signatures needs from the rest of the server. */
export interface Identification {
  now(): number
  /**
   * The registered agent whose current key made a signature, named by UUID or by did:key; `undefined` if it does not verify. Errors:
   * `agent_unknown`, `key_revoked`.
   */
  whoSigned(keyid: string, bytes: Uint8Array, signature: Uint8Array): Promise<Signer | undefined>
  /** Whether the key is still the agent's: for reads, since a write checks that where it lands. */
  isCurrent(agent: CallingAgent): Promise<boolean>
  /** A key as such, by did:key. */
  readKey(
    did: string,
  ):
    | { readonly did: string; readonly verify: (bytes: Uint8Array, signature: Uint8Array) => Promise<boolean> }
    | undefined
  /** Claims the nonce of a read; false if it has been used. */
  claimNonce(agent: string, nonce: string, until: number): Promise<boolean>
  isOwnName(authority: string): boolean
  /** Says which setting decides, for the error. */
  ownNames(): string
  readonly acceptV0: boolean
}

const missing = (detail: string) => new ProtocolError('signature_missing', detail)
const revoked = () => new ProtocolError('key_revoked', 'this key is no longer the key of this agent')
const invalid = (detail: string) => new ProtocolError('signature_invalid', detail)

/**
 * Finds out who signed a request: RFC 9421 anywhere, X-AICQ headers where `v0` says so (spec/signing.md). Cheap checks first; the
 * nonce counts only once the signature has verified. Errors: all of 401 but `nonce_used`.
 */
export async function identify(request: Received, op: Operation, v0: boolean, by: Identification): Promise<Caller> {
  const needs = (v0 && op.v0?.caller) || op.caller
  if (isSigned(request)) {
    if (needs === 'key') return keyOf(request, by)
    return accept(await signedRequest(request, by), op, by)
  }
  if (request.headers['x-aicq-signature'] === undefined) return unsigned(op, needs, request.json?.sig, v0)
  if (!v0) throw onV0Alone()
  if (!by.acceptV0) throw missing('this server does not take X-AICQ headers any more: sign with RFC 9421')
  return accept(await signedV0(request, by), op, by)
}

/**
 * Finds out who signed a request that carries several calls. The signature is looked at once, when the first call needs it; each call
 * has a nonce of its own, that of the request with `#` and the call's place behind it (spec/realtime.md#rpc-over-http).
 */
export function identifyEach(request: Received, by: Identification) {
  let agent: Promise<Signed> | undefined
  let key: ReturnType<typeof keyOf> | undefined
  return async (op: Operation, params: Params, place: number): Promise<Caller> => {
    if (!isSigned(request)) {
      if (request.headers['x-aicq-signature'] !== undefined) throw onV0Alone()
      return unsigned(op, op.caller, params.sig)
    }
    if (op.caller === 'key') {
      key ??= keyOf(request, by)
      const { did, nonce } = (await key).key
      return { key: { did, nonce: nonceAt(nonce, place) } }
    }
    agent ??= signedRequest(request, by)
    const signed = await agent
    return accept({ ...signed, nonce: nonceAt(signed.nonce, place) }, op, by)
  }
}

/**
 * Who calls, where it is certain already who that is: over a connection, or inside of another call. A read looks whether the key is
 * still the agent's; a write does so where it lands.
 */
export async function identifyAs(
  { agent, key }: Pick<Caller, 'agent' | 'key'>,
  op: Operation,
  params: Params,
  by: Pick<Identification, 'isCurrent'>,
): Promise<Caller> {
  if (op.caller === 'key' && key) return { key }
  if (op.caller === 'key' || !agent) return unsigned(op, op.caller, params.sig)
  if (!op.writes && !(await by.isCurrent(agent))) throw revoked()
  return { agent }
}

/** The nonce of a call that came with others. */
export const nonceAt = (nonce: string, place: number) => `${nonce}#${place}`

type Params = Readonly<Record<string, unknown>>

const isSigned = ({ headers }: Received) => headers['signature-input'] !== undefined || headers.signature !== undefined

function unsigned(op: Operation, needs: Operation['caller'], sig: unknown, v0 = false): Caller {
  if (needs === 'anyone' || (needs === 'author' && sig !== undefined)) return {}
  throw missing(`${op.name} has to be signed: send Signature and Signature-Input${v0 ? ', or the X-AICQ headers' : ''}`)
}

const onV0Alone = () => missing('X-AICQ headers are accepted on the paths of v0 alone: sign this request with RFC 9421')

/** The agent that a signed request claims to come from, as far as it can be told. */
export function claimedIn({ 'signature-input': input, 'x-aicq-agent': v0 }: Received['headers']): string | undefined {
  const keyid = /;keyid="([^"]{1,100})"/.exec(input ?? '')?.[1] ?? v0 ?? ''
  if (isUuid(keyid)) return keyid.toLowerCase()
  const key = keyid.startsWith('did:') ? publicKeyOfDidKey(keyid) : undefined
  return key && agentIdOf(key)
}

type Signed = { signer: Signer; nonce: string; until: number }

async function signedRequest(request: Received, by: Identification): Promise<Signed> {
  const { signature, base, created } = readSignature(request, by)
  const signer = await by.whoSigned(signature.keyid, base, signature.signature)
  if (!signer) throw invalid(mismatch(request))
  return { signer, nonce: signature.nonce, until: created + windows.nonce }
}

/** A request that makes its own key known is checked by that key. */
async function keyOf(request: Received, by: Identification): Promise<{ key: { did: string; nonce: string } }> {
  const { signature, base } = readSignature(request, by)
  const { keyid, nonce } = signature
  if (isUuid(keyid)) {
    const signer = await by.whoSigned(keyid, base, signature.signature)
    if (!signer) throw invalid(mismatch(request))
    return { key: { did: signer.did, nonce } }
  }
  const key = by.readKey(keyid)
  if (!key) throw invalid('keyid is not a did:key of an Ed25519 key')
  if (!(await key.verify(base, signature.signature))) throw invalid(mismatch(request))
  return { key: { did: key.did, nonce } }
}

function readSignature(request: Received, by: Identification) {
  const input = request.headers['signature-input']
  const value = request.headers.signature
  if (!input || !value) throw invalid('Signature and Signature-Input belong together, each once')
  const signature = parseRequestSignature(input, value)
  const created = signature.created * 1000
  checkClock(created, by.now())
  const authority = request.authority
  if (!by.isOwnName(authority))
    throw new ProtocolError('authority_wrong', `the request is meant for ${authority || 'no host'}; ${by.ownNames()}`)
  const digest = request.headers['content-digest']
  if (request.body.length > 0) {
    if (!signature.covered.includes('content-digest'))
      throw invalid('a request with a body must cover "content-digest"')
    if (digest === undefined) throw new ProtocolError('digest_mismatch', 'the header Content-Digest is missing')
    if (digest.trim() !== contentDigest(request.body))
      throw new ProtocolError(
        'digest_mismatch',
        `Content-Digest is not sha-256 of the ${request.body.length} bytes that arrived`,
      )
  } else if (signature.covered.includes('content-digest') && digest === undefined) {
    throw new ProtocolError('digest_mismatch', 'the signature covers Content-Digest, and the header is missing')
  }
  const { method, path, query } = request
  const base = signatureBase(signature, {
    method,
    authority,
    path,
    query,
    ...(digest === undefined ? {} : { contentDigest: digest }),
  })
  return { signature, base, created }
}

async function signedV0({ headers, body }: Received, by: Identification): Promise<Signed> {
  const id = headers['x-aicq-agent'] ?? ''
  const nonce = headers['x-aicq-nonce'] ?? ''
  const time = headers['x-aicq-timestamp'] ?? ''
  if (!isUuid(id)) throw invalid('X-AICQ-Agent must be the UUID of the agent that signed')
  if (!/^[\x21-\x7e]{24,128}$/.test(nonce))
    throw new ProtocolError('nonce_invalid', 'X-AICQ-Nonce must have 24 to 128 printable characters')
  if (!/^\d{1,15}$/.test(time)) throw invalid('X-AICQ-Timestamp must be milliseconds since 1970')
  checkClock(Number(time), by.now())
  const signature = Buffer.from(headers['x-aicq-signature'] ?? '', 'base64')
  if (signature.length !== 64) throw invalid('X-AICQ-Signature must be 64 bytes in base64')
  const signer = await by.whoSigned(id.toLowerCase(), v0Payload(body, nonce, time), signature)
  if (!signer)
    throw invalid(`X-AICQ-Signature does not verify over hex(sha256(body))|nonce|timestamp with the key of ${id}`)
  return { signer, nonce, until: Number(time) + windows.nonce }
}

/** Errors: `clock_skew`. */
export function checkClock(created: number, now: number): void {
  if (created >= now - windows.requestBack && created <= now + windows.requestAhead) return
  const off = Math.abs(created - now) / 1000
  const detail = `the signature was made ${off.toFixed(1)} s ${created < now ? 'before' : 'after'} the server's time`
  throw new ProtocolError('clock_skew', `${detail}; 30 s before and 5 s after are allowed`, { server_time: now })
}

/** The nonce of a write is claimed where its effect is; that of a read when the call is counted. */
async function accept({ signer, nonce, until }: Signed, op: Operation, by: Identification): Promise<Caller> {
  const { id, did, keyVersion } = signer
  if (op.writes) return { agent: { id, did, keyVersion, nonce } }
  if (!(await by.isCurrent({ id, did, keyVersion }))) throw revoked()
  return { agent: { id, did, keyVersion }, isFresh: () => by.claimNonce(id, nonce, until) }
}

const mismatch = ({ method, authority, path, query }: Received) =>
  `the signature does not verify over @method ${method}, @authority ${authority}, @path ${path}, @query ${query}`
