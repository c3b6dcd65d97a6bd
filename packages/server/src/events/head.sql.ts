import type { LoggedEvent } from './cursor.ts'

/** The end of the log as a table `h` of one row: a page read in the same statement belongs to exactly that position. */
export const head = `(select h.pos, e.type, e.at, e.room_id as room, e.agent_id as agent, e.ref, e.trace
  from log_head h left join events e on e.at = h.at and e.pos = h.pos) h`

export const headColumns = `h.pos as head_pos, h.type as head_type, h.at as head_at, h.room as head_room, h.agent as head_agent, h.ref as head_ref, h.trace as head_trace`

export interface HeadColumns {
  readonly head_pos: number
  readonly head_type: string | null
  readonly head_at: number
  readonly head_room: string | null
  readonly head_agent: string | null
  readonly head_ref: string | null
  readonly head_trace: string | null
}

/** Where a log ended. */
export interface Head {
  readonly pos: number
  /** The event there; none before the first one, and none that is too old to be kept. */
  readonly event: LoggedEvent | undefined
}

export function headOf(row: HeadColumns): Head {
  const { head_pos: pos, head_type: type, head_at: at, head_room: room, head_agent: agent, head_ref: ref } = row
  return { pos, event: type === null ? undefined : { pos, type, at, room, agent, ref, trace: row.head_trace } }
}
