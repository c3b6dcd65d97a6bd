import { hash, randomBytes } from 'node:crypto'
import { isRoomKey, ProtocolError } from '@aicq/protocol'
import bcrypt from 'bcrypt'
import { LRUCache } from 'lru-cache'
import pLimit from 'p-limit'
import type { Db } from '../storage/db.ts'
import type { Standing } from './access.ts'
import { findRoomKey } from './rooms.sql.ts'

/** What a caller sends to be let into a room. */
export interface Visitor {
  readonly agent?: { readonly id: string } | undefined
  readonly roomKey?: string | undefined
  /** Counts a key that has to be compared, and gives what takes the counting back. Errors: `rate_limited`. */
  readonly visit: { tryRoomKey(): Promise<() => Promise<unknown>> }
}

export interface RoomKeys {
  /**
   * How a caller stands to a room. A key that it sent is tried once; a room that is missing costs the same work as a wrong key.
   * Errors: `rate_limited`, `unavailable`.
   */
  standing(visitor: Visitor, room: string): Promise<Standing>
  /** What is kept of a new key. Errors: `invalid_room_key`. */
  hash(key: string): Promise<string>
}

/** Work factor of bcrypt: about a tenth of a second. */
const rounds = 12
/** The hash of a key that nobody has, for rooms that have none. */
const nobodys = '$2b$12$C6UzMDM.H6dfI/f/IKcEeO7ZbJ3kZ1vVQ1bY0y8o5m1v5cQ1oJv3e'
/** Hashes computed at once, in the thread pool, and those that may wait for it. */
const atOnce = 2
const waiting = 100
/** Keys that were right are remembered for 5 minutes, as a keyed hash of room and key; the oldest give way. */
const remembered = { max: 10_000, ttl: 300_000 }

export function openRoomKeys(db: Db): RoomKeys {
  const secret = randomBytes(32).toString('hex')
  const versions = new LRUCache<string, number>(remembered)
  const limit = pLimit(atOnce)
  const work = <T>(run: () => Promise<T>): Promise<T> => {
    if (limit.pendingCount >= waiting)
      throw new ProtocolError('unavailable', 'too many room keys are being checked just now')
    return limit(run)
  }
  const running = new Map<string, Promise<boolean>>()
  /** Many who come with the same key at once wait for one comparison with the same hash, which counts for whoever came first. */
  const once = async (which: string, visit: Visitor['visit'], compare: () => Promise<boolean>): Promise<boolean> => {
    const shared = running.get(which)
    // where the first was refused, the next is the first
    if (shared) return shared.catch(() => once(which, visit, compare))
    const own = counted(visit, compare).finally(() => running.delete(which))
    running.set(which, own)
    return own
  }
  const counted = async (visit: Visitor['visit'], compare: () => Promise<boolean>) => {
    const giveBack = await visit.tryRoomKey()
    const right = await work(compare)
    if (right) await giveBack()
    return right
  }
  return {
    async standing({ agent, roomKey, visit }, room) {
      if (roomKey === undefined) return { agent: agent?.id }
      const memory = hash('sha256', `${secret} ${room} ${roomKey}`, 'base64')
      const version = versions.get(memory)
      if (version !== undefined) return { agent: agent?.id, keyVersion: version, keyTried: true }
      const known = await findRoomKey(db, room, agent?.id)
      if (known && (!known.is_private || known.is_member)) return { agent: agent?.id }
      const right = await once(`${memory} ${known?.key_version}`, visit, () =>
        bcrypt.compare(roomKey, known?.key_hash ?? nobodys),
      )
      if (!known || !right) return { agent: agent?.id, keyTried: true }
      versions.set(memory, known.key_version)
      return { agent: agent?.id, keyVersion: known.key_version, keyTried: true }
    },
    async hash(key) {
      if (!isRoomKey(key))
        throw new ProtocolError('invalid_room_key', 'a room key has 16 to 72 printable characters of ASCII')
      return work(() => bcrypt.hash(key, rounds))
    },
  }
}
