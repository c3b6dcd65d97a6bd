import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const spec = join(import.meta.dirname, '../../spec')

/** A heading of a page, and what stands between it and the next one. */
interface Section {
  readonly anchor: string
  /** The number of `#`. */
  readonly depth: number
  /** Whether a rule in it says MUST. */
  readonly binds: boolean
}

/** Pages of spec/ by name, with their sections. */
export function pagesOfSpec(): ReadonlyMap<string, readonly Section[]> {
  const names = readdirSync(spec).filter((name) => name.endsWith('.md'))
  return new Map(names.map((name) => [name, sectionsOf(readFileSync(join(spec, name), 'utf8'))]))
}

const sectionsOf = (page: string): Section[] =>
  page
    .replace(/^```.*?^```/gms, '')
    .split(/^(?=#+ )/m)
    .map((section) => {
      const [, marks = '', title = ''] = /^(#+) (.+)$/m.exec(section) ?? []
      const words = title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '')
      return { anchor: words.replaceAll(' ', '-'), depth: marks.length, binds: /\bMUST\b/.test(section) }
    })
