import { agents, ExportCheck, ExportError } from '@aicq/protocol'
import { AicqError } from './errors.ts'
import type { Transport } from './transport.ts'
import type { Exported } from './types.ts'

/**
 * Everything that the server holds about an agent, line by line as it comes. The checksums are checked on the way: an export that is
 * not whole, or not what they say, ends with `export_damaged`.
 */
export async function* exportAgent(
  transport: Transport,
  agent: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Exported, void, undefined> {
  const reply = await transport.open(agents.agentExport, () => ({ agent }), { signal })
  const check = new ExportCheck()
  try {
    for await (const line of linesOf(reply)) yield { ...check.add(line), line }
    check.end()
  } catch (cause) {
    if (signal?.aborted) throw cause
    const reason = cause instanceof ExportError ? cause.message : `the export broke off: ${(cause as Error).message}`
    throw new AicqError('export_damaged', reason, { retryable: true, status: reply.status }, { cause })
  }
}

async function* linesOf({ body }: Response): AsyncGenerator<string, void, undefined> {
  let rest = ''
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = (rest + part.value).split('\n')
      rest = lines.pop()!
      yield* lines
    }
    if (rest !== '') yield rest
  } finally {
    await reader.cancel().catch(() => {})
  }
}
