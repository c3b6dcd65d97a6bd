import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { canonicalBytes } from '../signing/canonical.ts'
import type { AuditType } from './types.ts'

/** What an entry of the audit says (spec/audit.md#entries). */
export interface AuditPayload {
  /** Milliseconds, by the server's clock. */
  readonly at: number
  readonly type: AuditType
  readonly outcome: 'done' | 'refused'
  /** Who did it. */
  readonly agent?: string
  /** The agent whom it was done to. */
  readonly subject?: string
  readonly room?: string
  /** A ULID. */
  readonly message?: string
  readonly address?: string
  readonly request_id?: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** What holds an entry in its place; bytes in hex. */
export interface AuditPlace {
  /** 1, 2, 3, without gaps. */
  readonly position: number
  readonly commitment: string
  readonly link: string
}

/** An entry as `audit.list` gives it; of an erased one the commitment is left. */
export type AuditEntry = AuditPlace & ((AuditPayload & { readonly salt: string }) | { readonly erased: true })

/** The link before the first entry. */
export const firstLink = '00'.repeat(32)

/** What is committed to: SHA-256 of the salt and the canonical JSON of the payload, without members that are not there. */
export function commitmentOf(payload: AuditPayload, salt: string): string {
  const { at, type, outcome, agent, subject, room, message, address, request_id, details } = payload
  const said = { at, type, outcome, agent, subject, room, message, address, request_id, details }
  return bytesToHex(sha256(concatBytes(hexToBytes(salt), canonicalBytes('audit entry', said))))
}

/** The link of an entry: SHA-256 of the link before it, its commitment, and its position as 8 bytes, the highest first. */
export function linkOf(before: string, commitment: string, position: number): string {
  const place = new Uint8Array(8)
  new DataView(place.buffer).setBigUint64(0, BigInt(position))
  return bytesToHex(sha256(concatBytes(hexToBytes(before), hexToBytes(commitment), place)))
}
