import { createHash, hkdfSync, randomBytes } from 'node:crypto'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'

/** A row of the log. `ref` is a message, as a uuid. */
export interface LoggedEvent {
  readonly pos: number
  readonly type: string
  readonly at: number
  readonly room: string | null
  readonly agent: string | null
  readonly ref: string | null
  /** The traceparent of the request that it comes from. */
  readonly trace: string | null
}

/** A place in the log: after the event at `pos`, whose tag says which log it was (spec/cursors.md). */
export interface Position {
  readonly pos: number
  readonly tag: Buffer
}

const aad = Buffer.from('aicq:cursor:1')
const first = (bytes: number, text: string) => createHash('sha256').update(text).digest().subarray(0, bytes)

/** The first 8 bytes that name an epoch: `system identifier:timeline`. */
const epochTag = (epoch: string) => first(8, `aicq:epoch:1:${epoch}`)

/** The tag of the event that a cursor stands on; zeros before the first event. */
export function tagOf(event: LoggedEvent | undefined): Buffer {
  if (!event) return Buffer.alloc(8)
  const { pos, type, at, room, agent, ref } = event
  return first(8, `aicq:event:1:${pos}:${type}:${at}:${room ?? ''}:${agent ?? ''}:${ref ?? ''}`)
}

/** Seals positions of the log into cursors and opens them again. `secret` is the instance's, 32 bytes. */
export function cursors(secret: Uint8Array, epoch: () => string) {
  const key = new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), aad, 32))
  return {
    seal({ pos, tag }: Position): string {
      const plain = Buffer.alloc(24)
      epochTag(epoch()).copy(plain, 0)
      plain.writeBigUInt64BE(BigInt(pos), 8)
      tag.copy(plain, 16)
      const nonce = randomBytes(24)
      return Buffer.concat([nonce, xchacha20poly1305(key, nonce, aad).encrypt(plain)]).toString('base64url')
    },
    /** `undefined`: not a cursor of this instance and epoch, so the reader must begin again. */
    open(cursor: string): Position | undefined {
      const bytes = Buffer.from(cursor, 'base64url')
      if (bytes.length !== 64 || bytes.toString('base64url') !== cursor) return undefined
      try {
        const plain = Buffer.from(xchacha20poly1305(key, bytes.subarray(0, 24), aad).decrypt(bytes.subarray(24)))
        if (!plain.subarray(0, 8).equals(epochTag(epoch()))) return undefined
        return { pos: Number(plain.readBigUInt64BE(8)), tag: plain.subarray(16) }
      } catch {
        return undefined
      }
    },
  }
}

export type Cursors = ReturnType<typeof cursors>
