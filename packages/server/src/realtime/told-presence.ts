import { Buffer } from 'node:buffer'
import type { Presence } from '@aicq/protocol'
import type { Entry, Told } from './entry.ts'

/** `presence.changed` for a reader who has got everything up to a cursor. It is not of the log: its position is that of nothing. */
export function toldPresence(presence: Presence, cursor: string, at: number): Told {
  const { agent } = presence
  const type = 'presence.changed'
  const json = Buffer.from(JSON.stringify({ cursor, type, ts: at, agent, presence }))
  const entry: Entry = { pos: 0, type, at, room: null, agent, ref: null, trace: null, cursor, delivery: undefined }
  return { entry, cursor, json }
}
