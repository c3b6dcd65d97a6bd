import { type AuditCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { type AuditEntry, commitmentOf, firstLink, linkOf } from './entry.ts'

/**
 * What is wrong: `changed`: the entry does not say what it said; `missing`: it is gone; `misplaced`: it does not follow the one before;
 * `rewritten`: a checkpoint says otherwise; `checkpoint_forged`: the checkpoint is not signed by a key of the instance.
 */
export type AuditFaultKind = 'changed' | 'missing' | 'misplaced' | 'rewritten' | 'checkpoint_forged'

export interface AuditFault {
  /** The first bad entry; for a checkpoint, the last that it counts. */
  readonly position: number
  readonly kind: AuditFaultKind
  readonly detail: string
}

export interface AuditReport {
  /** Position of the first entry that was there, and of the last that holds. */
  readonly first: number
  readonly last: number
  readonly erased: number
  /** Checkpoints that hold. */
  readonly checkpoints: number
  /** How many of the last entries no checkpoint vouches for yet. */
  readonly unsigned: number
  readonly fault?: AuditFault
}

/**
 * Checks an audit from its first entry on and stops at the first that is bad (spec/audit.md#verifying).
 *
 * @param entries all that there are, in order
 * @param checkpoints in any order; several of one count must agree
 * @param keys did:keys that may have signed checkpoints
 * @param now milliseconds: an audit may only begin after a checkpoint that was a year old by then
 */
export async function verifyAudit(
  entries: Iterable<AuditEntry> | AsyncIterable<AuditEntry>,
  checkpoints: readonly AuditCheckpoint[],
  keys: readonly string[],
  now = Date.now(),
): Promise<AuditReport> {
  const signed = Map.groupBy(checkpoints, ({ count }) => count)
  const highest = checkpoints.reduce((most, { count }) => Math.max(most, count), 0)
  let before: { position: number; link: string } | undefined
  let first = 1
  let [erased, held, vouched] = [0, 0, 0]
  const report = (fault?: AuditFault): AuditReport => {
    const last = before?.position ?? 0
    return { first, last, erased, checkpoints: held, unsigned: last - vouched, ...(fault ? { fault } : {}) }
  }

  /** Every checkpoint of a count says this link, under a signature that counts. */
  const judge = async (count: number, link: string): Promise<AuditFault | undefined> => {
    for (const checkpoint of signed.get(count) ?? []) {
      if (!keys.includes(checkpoint.key) || !(await verifyCheckpoint(checkpoint)))
        return fault(
          count,
          'checkpoint_forged',
          `its checkpoint is not signed by ${keys.join(' or ') || 'any known key'}`,
        )
      if (checkpoint.root !== link)
        return fault(
          vouched + 1,
          'rewritten',
          `it, or one up to ${count}, is not what the checkpoint at ${count} was made of`,
        )
      held++
    }
    if (signed.has(count)) vouched = count
    return undefined
  }

  for await (const entry of entries) {
    if (!before) {
      before = startOf(entry.position, signed)
      if (!before)
        return report(
          fault(1, 'missing', `the first that is there is ${entry.position}, and no checkpoint says what was before`),
        )
      const beginning = signed.get(before.position)?.find(({ at }) => at > now - shortestLife)
      if (beginning)
        return report(
          fault(
            1,
            'missing',
            `entries up to ${before.position} are gone, and were not a year old: nothing so young is pruned`,
          ),
        )
      first = before.position + 1
      vouched = before.position
      const wrong = await judge(before.position, before.link)
      if (wrong) return report(wrong)
    }
    const wrong = faultOf(entry, before) ?? (await judge(entry.position, entry.link))
    if (wrong) return report(wrong)
    if ('erased' in entry) erased++
    before = { position: entry.position, link: entry.link }
  }
  const last = before?.position ?? 0
  if (last < highest)
    return report(fault(last + 1, 'missing', `entries end at ${last}, and there is a checkpoint at ${highest}`))
  return report()
}

/** Milliseconds for which no server prunes an entry (AUDIT_RETENTION). */
const shortestLife = 365 * 86_400_000

/** Where an audit begins: with its first entry, or after the checkpoint up to which it was pruned. */
function startOf(position: number, signed: ReadonlyMap<number, readonly AuditCheckpoint[]>) {
  if (position === 1) return { position: 0, link: firstLink }
  const [checkpoint] = signed.get(position - 1) ?? []
  return checkpoint && { position: position - 1, link: checkpoint.root }
}

function faultOf(entry: AuditEntry, before: { position: number; link: string }): AuditFault | undefined {
  const position = before.position + 1
  if (entry.position > position) return fault(position, 'missing', `after ${before.position} comes ${entry.position}`)
  if (entry.position < position) return fault(entry.position, 'misplaced', `it comes after ${before.position}`)
  if (!('erased' in entry) && commitmentOf(entry, entry.salt) !== entry.commitment)
    return fault(position, 'changed', 'what it says is not what was committed to')
  if (linkOf(before.link, entry.commitment, position) !== entry.link)
    return fault(position, 'misplaced', 'its link does not follow from the one before')
  return undefined
}

const fault = (position: number, kind: AuditFaultKind, detail: string): AuditFault => ({ position, kind, detail })
