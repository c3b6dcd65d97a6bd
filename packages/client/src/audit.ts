import { type AuditCheckpoint, type AuditEntry, type AuditType, audit } from '@aicq/protocol'
import type { Transport } from './transport.ts'

export interface AuditOptions {
  readonly type?: AuditType
  /** Who did it, or whom it was done to; by UUID or did:key. */
  readonly agent?: string
  /** Milliseconds, exclusive. */
  readonly after?: number
  readonly before?: number
  /** Newest first unless `asc`. */
  readonly order?: 'asc' | 'desc'
}

/** The audit, page by page, as it is wanted. Errors: `AicqError`, `not_admin` for all but the administrator. */
export async function* readAudit(transport: Transport, options: AuditOptions): AsyncGenerator<AuditEntry, void> {
  for (let next: string | undefined; ; ) {
    const page = await transport.call(audit.auditList, () => ({ ...options, limit: 1_000, ...(next ? { next } : {}) }))
    yield* page.entries as AuditEntry[]
    if (!page.next) return
    next = page.next
  }
}

/** All that the instance has signed of its audit, the oldest first, and its did:keys, the present one first. */
export async function readCheckpoints(
  transport: Transport,
): Promise<{ keys: string[]; checkpoints: AuditCheckpoint[] }> {
  const checkpoints: AuditCheckpoint[] = []
  for (let next: string | undefined; ; ) {
    const page = await transport.call(audit.auditCheckpoints, () => ({
      order: 'asc' as const,
      limit: 1_000,
      ...(next ? { next } : {}),
    }))
    checkpoints.push(...page.checkpoints)
    if (!page.next) return { keys: page.keys, checkpoints }
    next = page.next
  }
}
