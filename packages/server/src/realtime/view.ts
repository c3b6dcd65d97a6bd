import { GLOBAL_ROOM, mentionKeysOf } from '@aicq/protocol'
import type { Entry } from './entry.ts'

/** How a reader may read a room that it follows. */
export type Access = 'public' | 'member' | { readonly keyVersion: number }

/** What a reader sees: true as of position `at`, and led on event by event from there (spec/realtime.md#interest). */
export interface View {
  readonly agent: string | undefined
  /** Follows whatever room it becomes a member of. */
  readonly mine: boolean
  readonly dms: boolean
  readonly mentions: boolean
  /** By what it is mentioned. */
  keys: readonly string[]
  readonly rooms: Map<string, Access>
  /** Rooms of which it is a member; kept for those alone who follow them, or mentions. */
  readonly memberOf: Set<string>
  readonly at: number
  /** After the reader's own key changed, or it was erased: nothing more is for it, until somebody has looked again. */
  isOver?: boolean
}

/** Whether an event is for this reader. */
export function wants(view: View, entry: Entry): boolean {
  const { type, room, agent, said } = entry
  if (view.isOver) return false
  const { rooms } = view
  const isOwn = agent !== null && agent === view.agent
  switch (type) {
    case 'message.created':
    case 'message.deleted':
      return rooms.has(room!) || (said !== undefined && isMentioned(view, room!, said))
    case 'message.acked':
      return isOwn && (view.mine || rooms.has(room!))
    case 'dm.received':
    case 'dm.sent':
    case 'dm.deleted':
      return isOwn && view.dms
    case 'room.created':
      return isOwn || rooms.has(room!) || (entry.roomNow?.isPrivate === false && rooms.has(GLOBAL_ROOM))
    case 'agent.erased':
      return true
    default:
      return isOwn || rooms.has(room ?? GLOBAL_ROOM)
  }
}

function isMentioned(
  { agent, mentions, keys, memberOf }: View,
  room: string,
  said: NonNullable<Entry['said']>,
): boolean {
  if (!mentions || said.author === agent || said.mentions.length === 0) return false
  return (!said.isPrivate || memberOf.has(room)) && keys.some((key) => said.mentions.includes(key))
}

/** What an event changes for a reader before it is looked at. Events that the view knows already change nothing. */
export function before(view: View, { pos, type, room, agent }: Entry): void {
  if (pos <= view.at || type !== 'room.joined' || agent !== view.agent) return
  if (view.mine || view.mentions) view.memberOf.add(room!)
  if (view.mine) view.rooms.set(room!, 'member')
}

/** What it changes for what comes after it: nothing above the end of a membership reaches the reader. */
export function after(view: View, { pos, type, room, agent, roomNow, name }: Entry): void {
  if (pos <= view.at) return
  const { rooms } = view
  if (type === 'room.closed') {
    rooms.delete(room!)
    view.memberOf.delete(room!)
  } else if (type === 'room.updated') {
    const access = rooms.get(room!)
    if (typeof access === 'object' && access.keyVersion !== roomNow?.keyVersion) rooms.delete(room!)
  } else if (agent !== null && agent === view.agent) {
    if (type === 'room.left' || type === 'room.removed') {
      view.memberOf.delete(room!)
      if (view.mine || rooms.get(room!) === 'member') rooms.delete(room!)
    } else if (type === 'agent.erased' || type === 'agent.key_changed') view.isOver = true
    else if (type === 'agent.updated' && view.mentions) view.keys = mentionKeysOf(agent, name)
  }
}
