import { audit } from '@aicq/protocol'
import type { Serve } from '../http/serve.ts'
import type { Db } from '../storage/db.ts'
import { listAudit } from './list-audit.ts'
import { listCheckpoints } from './list-checkpoints.ts'

/** Binds the operations of the audit, which `admin` alone may read. `keys`: did:keys of the instance, the present one first. */
export function serveAudit(serve: Serve, db: Db, admin: string | undefined, keys: readonly string[]): void {
  serve(audit.auditList, ({ agent }, input) => listAudit(db, admin, agent.id, input))
  serve(audit.auditCheckpoints, (_, input) => listCheckpoints(db, keys, input))
}
