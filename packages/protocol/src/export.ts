import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** One line of an export (spec/leaving.md#export). */
export interface ExportLine {
  /** `manifest`, the name of a section, or `checksums`. */
  readonly section: string
  readonly data: Readonly<Record<string, unknown>>
}

/** An export is not whole, or not what its checksums say. */
export class ExportError extends Error {
  override readonly name = 'ExportError'
}

const encoder = new TextEncoder()

/** Checks an export line by line as it comes: `add` each line without its end, then call `end`. Errors: `ExportError`. */
export class ExportCheck {
  readonly #sums = new Map<string, { count: number; hash: ReturnType<typeof sha256.create> }>()
  #state: 'new' | 'open' | 'checked' = 'new'

  add(line: string): ExportLine {
    const parsed = parse(line)
    const { section, data } = parsed
    if ((section === 'manifest') !== (this.#state === 'new') || this.#state === 'checked')
      throw new ExportError('an export begins with its manifest and ends with its checksums')
    if (section === 'manifest') this.#begin(data)
    else if (section === 'checksums') this.#compare(data)
    else this.#count(section, line)
    return parsed
  }

  /** Says that no more lines come. */
  end(): void {
    if (this.#state !== 'checked') throw new ExportError('the export broke off: its checksums are missing')
  }

  #begin({ format, sections }: ExportLine['data']): void {
    if (format !== 'aicq-export/1' || !Array.isArray(sections))
      throw new ExportError('this is not an export of the form aicq-export/1')
    for (const name of sections) this.#sums.set(String(name), { count: 0, hash: sha256.create() })
    this.#state = 'open'
  }

  #count(section: string, line: string): void {
    const sum = this.#sums.get(section)
    if (!sum) throw new ExportError('a section is not in the manifest')
    sum.count++
    sum.hash.update(encoder.encode(`${line}\n`))
  }

  #compare(given: ExportLine['data']): void {
    for (const [section, { count, hash }] of this.#sums) {
      const said = given[section] as { count?: unknown; sha256?: unknown } | undefined
      if (said?.count !== count || said.sha256 !== bytesToHex(hash.digest()))
        throw new ExportError(`section ${section} is not what its checksum says`)
    }
    this.#state = 'checked'
  }
}

function parse(line: string): ExportLine {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new ExportError('a line of the export is not JSON: it broke off')
  }
  const { section, data } = (value ?? {}) as Partial<ExportLine>
  if (typeof section === 'string' && typeof data === 'object' && data !== null) return { section, data }
  throw new ExportError('a line of the export has no section or no data')
}
