import { randomBytes } from 'node:crypto'
import { type AuditCheckpoint, commitmentOf, firstLink, type Identity, linkOf, signCheckpoint } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import {
  entriesAfter,
  insertCheckpoint,
  insertLinks,
  type Link,
  lastLink,
  listCheckpoints,
  lockChain,
} from './chain.sql.ts'
import { payloadOf } from './entry.ts'

const batch = 500

/** Links the entries that are not linked yet, in their order (spec/audit.md#chain). */
export async function linkEntries(db: Db): Promise<void> {
  while (await linkBatch(db));
}

/** True if there may be more. */
async function linkBatch(db: Db): Promise<boolean> {
  return db.transaction(async (tx) => {
    await lockChain(tx)
    let before = (await lastLink(tx)) ?? { position: 0, link: firstLink }
    const entries = await entriesAfter(tx, before.position, batch)
    const links = entries.map((row): Link => {
      const payload = payloadOf(row)
      // what was erased before it was linked has nothing to commit to
      const commitment = payload ? commitmentOf(payload, row.salt!.toString('hex')) : randomBytes(32).toString('hex')
      before = { position: row.position, link: linkOf(before.link, commitment, row.position) }
      return { ...before, commitment }
    })
    if (links.length > 0) await insertLinks(tx, links)
    return links.length === batch
  })
}

/**
 * Signs how far the chain has come, if the last checkpoint is so old and the chain has grown since.
 *
 * @param interval milliseconds
 */
export async function makeCheckpoint(
  db: Db,
  instance: Pick<Identity, 'did' | 'sign'>,
  now: number,
  interval: number,
): Promise<AuditCheckpoint | undefined> {
  return db.transaction(async (tx) => {
    await lockChain(tx)
    const [latest] = await listCheckpoints(tx, 'desc', Number.MAX_SAFE_INTEGER, 1)
    if (latest && latest.at <= now && latest.at > now - interval) return undefined
    const last = await lastLink(tx)
    if (!last || last.position === latest?.count) return undefined
    const checkpoint = await signCheckpoint(instance, { count: last.position, root: last.link, at: now })
    await insertCheckpoint(tx, checkpoint)
    return checkpoint
  })
}
