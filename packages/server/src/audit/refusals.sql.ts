import type { AuditType } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'

/** What was refused so often in one minute. */
export interface Refusal {
  /** Since 1970. */
  readonly minute: number
  readonly type: AuditType
  readonly agent: string | undefined
  readonly address: string | undefined
  readonly count: number
}

export async function addRefusals(db: Db, refusals: readonly Refusal[]): Promise<void> {
  await db.query(
    `insert into audit_refusals as r (minute, type, agent, address, count)
     select minute, type, agent, address, count
       from json_to_recordset($1) as n (minute bigint, type text, agent uuid, address text, count bigint)
      order by minute, type, agent, address
     on conflict (minute, type, agent, address) do update set count = r.count + excluded.count`,
    [JSON.stringify(refusals)],
  )
}

/** Makes entries of what was refused in minutes before this one. */
export async function closeMinutes(db: Db, before: number): Promise<void> {
  await db.query('select close_audit_minutes($1)', [before])
}
