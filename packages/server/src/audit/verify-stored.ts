import { type AuditCheckpoint, type AuditEntry, type AuditReport, verifyAudit } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { listAudit } from './list-audit.ts'
import { listCheckpoints } from './list-checkpoints.ts'

/** Judges the audit as it is stored, by the keys that the database names as the instance's. */
export async function verifyStored(db: Db): Promise<AuditReport> {
  const keys = await db.query<{ key: string }>('select key from instance_keys')
  const checkpoints: AuditCheckpoint[] = []
  for (let next: string | undefined = '0'; next !== undefined; ) {
    const page = await listCheckpoints(db, [], { order: 'asc', limit: 100, ...(next !== '0' && { next }) })
    checkpoints.push(...page.checkpoints)
    next = page.next
  }
  return verifyAudit(
    entries(db),
    checkpoints,
    keys.map(({ key }) => key),
  )
}

async function* entries(db: Db): AsyncGenerator<AuditEntry> {
  for (let next: string | undefined = '0'; next !== undefined; ) {
    const page = await listAudit(db, 'operator', 'operator', {
      order: 'asc',
      limit: 100,
      ...(next !== '0' && { next }),
    })
    yield* page.entries as AuditEntry[]
    next = page.next
  }
}
