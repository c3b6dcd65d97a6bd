import { type AuditEntry, auditTypes, csvLine, verifyAudit } from '@aicq/protocol'
import { gatherAudit } from '../audit-files.ts'
import { type Called, type Command, numberOption, textOption, UsageError } from '../command.ts'
import { harmless } from '../output.ts'

export const audit: Command = {
  usage: 'list [--type T] [--agent A] [--after TIME] [--before TIME] [--limit N] [--csv] | verify [FILE]',
  summary:
    'For the administrator: what happened that matters to security, and whether somebody has changed the record.',
  options: {
    type: { type: 'string' },
    agent: { type: 'string' },
    after: { type: 'string' },
    before: { type: 'string' },
    limit: { type: 'string' },
    csv: { type: 'boolean' },
    all: { type: 'boolean' },
    checkpoints: { type: 'string' },
    key: { type: 'string' },
  },
  explained: {
    type: `list: one of ${Object.keys(auditTypes).join(', ')}`,
    agent: 'list: who did it, or whom it was done to',
    after: 'list: a date such as 2026-01-31 or 2026-01-31T12:00:00Z',
    before: 'list: as --after',
    limit: 'list: how many of the newest, 1 to 1000000; 50 unless given',
    csv: 'list: CSV, for spreadsheets',
    all: 'list: everything, the oldest first: what verify FILE reads, with --json',
    checkpoints: 'verify: a file of checkpoints kept elsewhere, JSON lines or lines of the log, checked as well',
    key: 'verify: the did:key that has to have signed; several with commas. Without it, what the server says is believed',
  },
  examples: [
    'aicq audit list --type limit.refused --after 2026-01-31',
    'aicq audit list --all --json > audit.jsonl',
    'aicq audit verify',
    'aicq audit verify audit.jsonl --checkpoints kept.log --key did:key:z6Mk...',
  ],
  words: [1, 2],
  async run(called) {
    const { words } = called
    if (words[0] === 'list' && words.length === 1) return list(called)
    if (words[0] === 'verify') return verify(called)
    throw new UsageError(`usage: aicq audit ${audit.usage}`)
  },
}

const columns = [
  'position',
  'at',
  'type',
  'outcome',
  'agent',
  'subject',
  'room',
  'message',
  'address',
  'request_id',
  'details',
]

async function list(called: Called): Promise<undefined> {
  const { session, out, options } = called
  const agent = await session.agent()
  const type = textOption(called, 'type')
  if (type !== undefined && !(type in auditTypes)) throw new UsageError(`--type is ${audit.explained!.type!.slice(6)}`)
  const wanted = {
    type,
    agent: textOption(called, 'agent'),
    after: time(called, 'after'),
    before: time(called, 'before'),
  }
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
  let left = numberOption(called, 'limit', 1, 1_000_000) ?? (options.all ? Number.POSITIVE_INFINITY : 50)
  if (options.csv) out.say(csvLine(columns))
  for await (const entry of agent.audit({ ...given, order: options.all ? 'asc' : 'desc' })) {
    out.give(entry)
    out.say(options.csv ? csvLine(columns.map((name) => (entry as never)[name])) : lineOf(entry))
    if (--left === 0) break
  }
}

/** An entry for people. */
function lineOf(entry: AuditEntry): string {
  if ('erased' in entry) return `${entry.position} erased`
  const { position, at, type, outcome, agent, subject, room, message, address, details } = entry
  const said = { agent, subject, room, message, from: address, ...details }
  const words = Object.entries(said).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`],
  )
  return harmless(`${position} ${new Date(at).toISOString()} ${type} ${outcome} ${words.join(' ')}`)
}

function time(called: Called, name: string): number | undefined {
  const text = textOption(called, name)
  if (text === undefined) return undefined
  const ms = /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw new UsageError(`--${name} takes a date such as 2026-01-31 or 2026-01-31T12:00:00Z`)
  return ms
}

async function verify(called: Called): Promise<number> {
  const { out, session, words } = called
  const { entries, checkpoints, keys } = await gatherAudit(session, words[1], textOption(called, 'checkpoints'))
  const pinned = textOption(called, 'key')?.split(',')
  if (!pinned && keys.length === 0) throw new UsageError('without the server, --key says who has to have signed')
  const report = await verifyAudit(entries, checkpoints, pinned ?? keys)
  out.give(report)
  const { first, last, erased, unsigned, fault } = report
  if (fault) out.say(`${out.paint('red', '✖')} entry ${fault.position} is bad (${fault.kind}): ${fault.detail}`)
  else
    out.say(`${out.paint('green', '✔')} entries ${first} to ${last} are as they were written, ${erased} of them erased`)
  out.say(`  ${report.checkpoints} checkpoints hold; the newest ${unsigned} entries have none yet`)
  if (!pinned) out.say(`  signed by ${keys.join(', ')}, as the server says: keep the key and give it with --key`)
  return fault ? 1 : 0
}
