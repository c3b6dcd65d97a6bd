import type { Db } from '../storage/db.ts'
import type { EntryRow } from './chain.sql.ts'

export interface ListedRow extends EntryRow {
  /** In hex, both. */
  readonly commitment: string
  readonly link: string
  /** It names an agent that is being erased: what it says is shown no more. */
  readonly is_leaving: boolean
}

/** Which entries; `after` and `before` are times (ms), exclusive, `from` is a position, exclusive. */
export interface Wanted {
  readonly type: string | undefined
  readonly agent: string | undefined
  readonly after: number
  readonly before: number
  readonly order: 'asc' | 'desc'
  readonly from: number
  readonly limit: number
}

const text = (order: 'asc' | 'desc', filter: string) =>
  `select l.position, e.at, e.type, e.outcome, e.agent, e.subject, e.room, e.message, e.address, e.request_id,
          e.details, e.salt, encode(l.commitment, 'hex') as commitment, encode(l.link, 'hex') as link,
          exists (select from agents a where a.id in (e.agent, e.subject) and a.erased_at is not null) as is_leaving
     from audit_entries e join audit_links l on l.position = e.position
    where e.position ${order === 'asc' ? '>' : '<'} $1 and e.at > $2 and e.at < $3 ${filter}
    order by e.position ${order} limit $4`

const ofType = 'and e.type = $5'
const ofAgent = (value: string) => `and (e.agent = ${value} or e.subject = ${value})`
const filters = { all: '', type: ofType, agent: ofAgent('$5'), both: `${ofType} ${ofAgent('$6')}` }
const texts = {
  asc: Object.fromEntries(Object.entries(filters).map(([name, filter]) => [name, text('asc', filter)])),
  desc: Object.fromEntries(Object.entries(filters).map(([name, filter]) => [name, text('desc', filter)])),
}

/** Linked entries. Filters see what was erased no more. */
export function listEntries(db: Db, wanted: Wanted): Promise<ListedRow[]> {
  const { type, agent, after, before, order, from, limit } = wanted
  const filter = type && agent ? 'both' : type ? 'type' : agent ? 'agent' : 'all'
  const values = [from, after, before, limit, ...[type, agent].filter((value) => value !== undefined)]
  return db.query<ListedRow>(texts[order][filter]!, values)
}
