import { mentionKeysOf, ProtocolError } from '@aicq/protocol'
import type { Head } from '../events/head.sql.ts'
import { type RoomKeys, readStandings, roomNotFound } from '../rooms/access.ts'
import type { Db } from '../storage/db.ts'
import type { Interest, StreamEnd, StreamReader } from './streams.ts'
import type { Access, View } from './view.ts'

/** What a reader has asked for, once it is known that it may. `keys`: versions of the room keys that it showed. */
export interface Asked {
  readonly reader: Pick<StreamReader, 'agent'>
  readonly interest: Omit<Interest, 'cursor'>
  readonly keys: ReadonlyMap<string, number>
}

/** Of those who show no keys, and of those whose memberships are of no interest: nothing is ever added. */
const none = new Map<string, number>()
const nowhere = new Set<string>()

/** Reads what a caller asks for, and tries the keys that it shows. Errors: `invalid_request`, `signature_missing`, `rate_limited`. */
export async function ask(roomKeys: RoomKeys, reader: StreamReader, interest: Interest): Promise<Asked> {
  const { rooms, dms, mentions, presence } = interest
  if (!reader.agent && (dms || mentions))
    throw new ProtocolError('signature_missing', 'direct messages and mentions are those of an agent: sign the request')
  if (!reader.agent && !rooms && !presence)
    throw new ProtocolError('signature_missing', 'what is your own? Sign the request, or name rooms that are public')
  const keys = reader.roomKeys ? new Map<string, number>() : none
  for (const room of rooms ?? []) {
    const roomKey = reader.roomKeys?.[room]
    if (roomKey === undefined) continue
    const { keyVersion } = await roomKeys.standing({ agent: reader.agent, roomKey, visit: reader.visit }, room)
    if (keyVersion !== undefined) keys.set(room, keyVersion)
  }
  const { agent } = reader
  const known = agent && { id: agent.id, did: agent.did, keyVersion: agent.keyVersion }
  return { reader: { agent: known }, interest: { rooms, dms, mentions, presence }, keys }
}

/** A view of how things are now, and where the log ends; or why the reader has no business here any more. */
export type Look = { readonly view: View; readonly head: Head } | { readonly over: StreamEnd }

/** Looks who may see what. `strict`: a room that is closed to the reader refuses all. Errors: `room_not_found`. */
export async function look(db: Db, { reader, interest, keys }: Asked, strict: boolean): Promise<Look> {
  const { agent } = reader
  const { rooms, dms, mentions, presence } = interest
  const mine = agent !== undefined && !rooms && !dms && !mentions && !presence
  const wantsMentions = mine || mentions === true
  const found = await readStandings(db, agent?.id, rooms ?? [], wantsMentions)
  if (agent && found.keyVersion !== agent.keyVersion)
    return { over: found.keyVersion === null ? 'agent_erased' : 'key_revoked' }
  const asked = new Set(rooms)
  const open = new Map<string, Access>()
  for (const one of found.rooms) {
    const { room, isPrivate, isMember, keyVersion } = one
    if (mine) open.set(room, 'member')
    else if (!asked.has(room)) continue
    else if (!isPrivate) open.set(room, 'public')
    else if (isMember) open.set(room, 'member')
    else if (keys.get(room) === keyVersion) open.set(room, { keyVersion })
  }
  if (strict && open.size < asked.size) throw roomNotFound()
  const view: View = {
    agent: agent?.id,
    mine,
    dms: mine || dms === true,
    mentions: wantsMentions,
    keys: wantsMentions ? mentionKeysOf(agent!.id, found.name) : [],
    rooms: open,
    memberOf: wantsMentions ? new Set(found.rooms.filter(({ isMember }) => isMember).map(({ room }) => room)) : nowhere,
    at: found.head.pos,
  }
  return { view, head: found.head }
}
