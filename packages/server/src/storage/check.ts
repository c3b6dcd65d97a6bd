import type { Db } from './db.ts'
import { requireDurability } from './durable.ts'

/** One thing that was looked at. */
export interface Finding {
  /** What should be, as a sentence. */
  readonly rule: string
  /** What is instead; empty: it is so. */
  readonly fault: string
}

/** What must hold between the tables; each question gives a line for each fault, the first ten of them. */
const rules: Readonly<Record<string, string>> = {
  'the log ends where its newest event is': `select 'event ' || max(e.pos) || ', but the log ends at ' || h.pos as fault
    from events e, log_head h group by h.pos having max(e.pos) > h.pos`,
  'no position of the log is missing or used twice': `select (max(pos) - min(pos) + 1) || ' positions, ' || count(*) || ' events, ' || count(distinct pos) || ' of them different' as fault
    from events having count(*) > 0 and (count(*) <> max(pos) - min(pos) + 1 or count(*) <> count(distinct pos))`,
  'times rise with positions': `select 'event ' || pos || ' is of ' || at || ', the one before of ' || before as fault
    from (select pos, at, lag(at) over (order by pos) as before from events) e where at < before`,
  'the numbers of a room end where its newest message is': `select 'room ' || m.room_id || ' has message ' || max(m.seq) || ', and ends at ' || coalesce(h.seq::text, 'nothing') as fault
    from messages m left join room_heads h using (room_id) group by m.room_id, h.seq having h.seq is null or max(m.seq) > h.seq`,
  'no number of a room is used twice': `select 'room ' || room_id || ' has ' || count(*) || ' messages ' || seq as fault
    from messages group by room_id, seq having count(*) > 1`,
  'each message has its id': `select 'message ' || m.id as fault
    from messages m left join message_ids i on i.id = m.id and i.room_id = m.room_id and i.seq = m.seq where i.id is null`,
  'each direct message has its id': `select 'direct message ' || d.id as fault
    from dms d left join message_ids i on i.id = d.id and i.seq = d.ts where i.id is null`,
  'each agent that has not left has the key that it signs with': `select 'agent ' || a.id as fault
    from agents a left join agent_keys k on k.agent_id = a.id and k.version = a.key_version where a.erased_at is null and k.key is null`,
  'members are counted right': `select 'room ' || h.room_id || ' counts ' || h.members || ', and has ' || count(m.agent_id) as fault
    from room_heads h left join members m using (room_id) group by h.room_id, h.members having h.members <> count(m.agent_id)`,
  'the audit ends where its newest entry is': `select 'entry ' || max(e.position) || ', but it ends at ' || h.position as fault
    from audit_entries e, audit_head h group by h.position having max(e.position) <> h.position`,
}

/** Reads every row that matters, at one moment, and says what is wrong with them. A server may go on meanwhile. */
export async function checkTables(db: Db): Promise<Finding[]> {
  const durable = await requireDurability(db).then(
    () => '',
    (error) => error.message,
  )
  return db.transaction(async (tx) => {
    await tx.query('set transaction isolation level repeatable read read only')
    const findings: Finding[] = [{ rule: 'what is acknowledged is on disk', fault: durable }]
    for (const [rule, sql] of Object.entries(rules)) {
      const rows = await tx.query<{ fault: string }>(`${sql} limit 10`)
      findings.push({ rule, fault: rows.map(({ fault }) => fault).join('; ') })
    }
    return findings
  })
}
