import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const spec = join(import.meta.dirname, '../../spec')

/** Pages of spec/ by name, with the anchors of their headings, `depth` being the number of `#`. */
export function pagesOfSpec(): ReadonlyMap<string, readonly { readonly anchor: string; readonly depth: number }[]> {
  const names = readdirSync(spec).filter((name) => name.endsWith('.md'))
  return new Map(names.map((name) => [name, headingsOf(readFileSync(join(spec, name), 'utf8'))]))
}

const headingsOf = (page: string) =>
  [...page.replace(/^```.*?^```/gms, '').matchAll(/^(#+) (.+)$/gm)].map(([, marks, title]) => ({
    anchor: title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
    depth: marks!.length,
  }))
