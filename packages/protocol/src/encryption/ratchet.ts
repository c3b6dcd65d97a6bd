import { concatBytes } from '@noble/hashes/utils.js'
import { fromBase64, toBase64 } from '../base64.ts'
import { type Chain, sealMessage, stepChain, turnRoot, unsealMessage } from './chains.ts'
import { EncryptionError } from './errors.ts'
import {
  checkCanonical,
  type NewSecret,
  randomSecret,
  sharedSecret,
  type X25519KeyPair,
  x25519KeyPair,
} from './x25519.ts'

/** The key of a message that has not come yet. */
export interface SkippedKey {
  readonly ratchet: string
  readonly n: number
  readonly key: string
}

/**
 * One end of a double ratchet (spec/encryption.md#double-ratchet): plain JSON, bytes in base64, that the caller keeps. A state is never
 * changed: what comes of a step is a new one, and the old one must be forgotten, or earlier messages could be read again.
 */
export interface RatchetState {
  readonly root: string
  readonly ours: { readonly secret: string; readonly public: string }
  readonly theirs?: string
  readonly sending?: Chain
  readonly receiving?: Chain
  /** How many messages our sending chain before this one had. */
  readonly previous: number
  /** Oldest first. */
  readonly skipped: readonly SkippedKey[]
}

export const ratchetLimits = {
  /** Messages of one chain that may be missing before one that arrives. */
  skippedAtOnce: 1_000,
  /** Keys that are kept for missing messages, in all; the oldest are given up first. */
  skippedKept: 2_000,
} as const

/** Ratchet key, PN and N. */
export const headerLength = 40

const kept = ({ secretKey, publicKey }: X25519KeyPair) => ({
  secret: toBase64(secretKey),
  public: toBase64(publicKey),
})

/** The end that writes first. `theirs`: the signed prekey of the other end. Errors: `low_order_point`. */
export function ratchetOfInitiator(
  secret: Uint8Array,
  theirs: Uint8Array,
  newSecret: NewSecret = randomSecret,
): RatchetState {
  const ours = x25519KeyPair(newSecret())
  const { root, chain } = turnRoot(toBase64(secret), sharedSecret(ours.secretKey, theirs))
  return { root, ours: kept(ours), theirs: toBase64(theirs), sending: chain, previous: 0, skipped: [] }
}

/** The end that reads first. `prekey`: its own signed prekey. */
export function ratchetOfResponder(secret: Uint8Array, prekey: X25519KeyPair): RatchetState {
  return { root: toBase64(secret), ours: kept(prekey), previous: 0, skipped: [] }
}

/** The next message: its header and what it seals, both bound to `associated`. */
export function ratchetEncrypt(
  state: RatchetState,
  plain: Uint8Array,
  associated: Uint8Array,
): { readonly state: RatchetState; readonly message: Uint8Array } {
  if (!state.sending) throw new RangeError('this end reads first')
  const header = writeHeader(state.ours.public, state.previous, state.sending.next)
  const { messageKey, chain } = stepChain(state.sending)
  const sealed = sealMessage(messageKey, plain, concatBytes(associated, header))
  return { state: { ...state, sending: chain }, message: concatBytes(header, sealed) }
}

/**
 * Reads a message. When it fails, it throws, and the state that was given is good as before. Errors: `already_read`,
 * `too_many_skipped`, `key_not_canonical`, `low_order_point`, `wrong_key_or_tampered`.
 */
export function ratchetDecrypt(
  state: RatchetState,
  message: Uint8Array,
  associated: Uint8Array,
  newSecret: NewSecret = randomSecret,
): { readonly state: RatchetState; readonly plain: Uint8Array } {
  const header = message.subarray(0, headerLength)
  const { ratchet, previous, n } = readHeader(header)
  const unseal = (key: Uint8Array) =>
    unsealMessage(key, message.subarray(headerLength), concatBytes(associated, header))
  const found = state.skipped.find((one) => one.ratchet === ratchet && one.n === n)
  if (found) {
    const plain = unseal(fromBase64(found.key)!)
    return { state: { ...state, skipped: state.skipped.filter((one) => one !== found) }, plain }
  }
  const turned = ratchet === state.theirs && state.receiving ? state : turn(skip(state, previous), ratchet, newSecret)
  if (n < turned.receiving!.next) throw new EncryptionError('already_read')
  const skipped = skip(turned, n)
  const { messageKey, chain } = stepChain(skipped.receiving!)
  const plain = unseal(messageKey)
  return { state: { ...skipped, receiving: chain }, plain }
}

/** Keeps the keys of the receiving chain before message `until`. */
function skip(state: RatchetState, until: number): RatchetState {
  let chain = state.receiving
  if (!chain || until <= chain.next) return state
  if (until - chain.next > ratchetLimits.skippedAtOnce) throw new EncryptionError('too_many_skipped')
  const skipped = [...state.skipped]
  while (chain.next < until) {
    const step = stepChain(chain)
    skipped.push({ ratchet: state.theirs!, n: chain.next, key: toBase64(step.messageKey) })
    chain = step.chain
  }
  return { ...state, receiving: chain, skipped: skipped.slice(-ratchetLimits.skippedKept) }
}

/** Takes the other end's new ratchet key, and makes one of our own. */
function turn(state: RatchetState, ratchet: string, newSecret: NewSecret): RatchetState {
  const theirs = fromBase64(ratchet)!
  checkCanonical(theirs)
  const receiving = turnRoot(state.root, sharedSecret(fromBase64(state.ours.secret)!, theirs))
  const ours = x25519KeyPair(newSecret())
  const sending = turnRoot(receiving.root, sharedSecret(ours.secretKey, theirs))
  return {
    root: sending.root,
    ours: kept(ours),
    theirs: ratchet,
    sending: sending.chain,
    receiving: receiving.chain,
    previous: state.sending?.next ?? 0,
    skipped: state.skipped,
  }
}

function writeHeader(ratchet: string, previous: number, n: number): Uint8Array {
  const header = new Uint8Array(headerLength)
  header.set(fromBase64(ratchet)!)
  new DataView(header.buffer).setUint32(32, previous)
  new DataView(header.buffer).setUint32(36, n)
  return header
}

function readHeader(header: Uint8Array): { readonly ratchet: string; readonly previous: number; readonly n: number } {
  const view = new DataView(header.buffer, header.byteOffset)
  return { ratchet: toBase64(header.subarray(0, 32)), previous: view.getUint32(32), n: view.getUint32(36) }
}
