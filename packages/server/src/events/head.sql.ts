import type { LoggedEvent } from './cursor.ts'

/** The end of the log as a table `h` of one row: a page read in the same statement belongs to exactly that position. */
export const head = `(select e.pos, e.type, e.at, e.room_id as room, e.agent_id as agent, e.ref
  from log_head h left join events e on e.at = h.at and e.pos = h.pos) h`

export const headColumns = `h.pos as head_pos, h.type as head_type, h.at as head_at, h.room as head_room, h.agent as head_agent, h.ref as head_ref`

export interface HeadColumns {
  readonly head_pos: number | null
  readonly head_type: string
  readonly head_at: number
  readonly head_room: string | null
  readonly head_agent: string | null
  readonly head_ref: string | null
}

/** The event at which a log ended; nothing before the first one. */
export function headOf(row: HeadColumns): LoggedEvent | undefined {
  const { head_pos, head_type, head_at, head_room, head_agent, head_ref } = row
  if (head_pos === null) return undefined
  return { pos: head_pos, type: head_type, at: head_at, room: head_room, agent: head_agent, ref: head_ref }
}
