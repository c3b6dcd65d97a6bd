import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { AuditCheckpoint, AuditEntry } from '@aicq/protocol'
import { UsageError } from './command.ts'
import type { Session } from './session.ts'

/** What an audit is verified by. */
interface Gathered {
  readonly entries: AsyncIterable<AuditEntry>
  readonly checkpoints: readonly AuditCheckpoint[]
  /** did:keys that the server names as its own. */
  readonly keys: readonly string[]
}

/**
 * The audit of the server, or entries from a file of JSON lines, the oldest first; checkpoints are those of the server and of a file of
 * JSON lines, each a checkpoint or a line of the server's log. With both files the server is not asked, and names no keys.
 */
export async function gatherAudit(
  session: Session,
  file: string | undefined,
  kept: string | undefined,
): Promise<Gathered> {
  const own = kept === undefined ? [] : (await linesOf(kept)).flatMap(checkpointIn)
  if (kept !== undefined && own.length === 0) throw new UsageError(`${kept} holds no checkpoint`)
  if (file !== undefined && kept !== undefined) return { entries: entriesIn(file), checkpoints: own, keys: [] }
  const agent = await session.agent()
  const { keys, checkpoints } = await agent.auditCheckpoints()
  const entries = file === undefined ? agent.audit({ order: 'asc' }) : entriesIn(file)
  return { entries, checkpoints: [...checkpoints, ...own], keys }
}

async function* entriesIn(file: string): AsyncGenerator<AuditEntry> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (!line.trim()) continue
    const entry = parse(line)
    if (typeof (entry as AuditEntry | undefined)?.position !== 'number')
      throw new UsageError(`${file} does not hold entries as JSON lines`)
    yield entry as AuditEntry
  }
}

const linesOf = async (file: string) => (await readFile(file, 'utf8')).split('\n')

/** A log has other lines too. */
function checkpointIn(line: string): AuditCheckpoint[] {
  const value = parse(line) as { checkpoint?: AuditCheckpoint } & Partial<AuditCheckpoint>
  const checkpoint = value?.checkpoint ?? value
  const { count, root, at, key, sig } = checkpoint ?? {}
  const whole = typeof count === 'number' && typeof root === 'string' && typeof sig === 'string'
  return whole ? [{ count, root, at: at!, key: key!, sig }] : []
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
