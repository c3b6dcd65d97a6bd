import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { parseArgs } from 'node:util'
import { startTestCluster } from './testing/cluster.ts'
import { findTests } from './testing/files.ts'
import { report } from './testing/report.ts'

// npm run coverage [-- --least PERCENT]: which lines of packages/ the tests run. A file that no test loads counts with all its lines.
// With --least it fails where protocol or server has less.
const root = join(import.meta.dirname, '..')
const shipped = globSync('packages/*/src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'))

/** Lines of a file, and those of them that ran. */
interface Lines {
  readonly all: number
  readonly ran: number
}

const { values } = parseArgs({ options: { least: { type: 'string', default: '0' } } })
const loaded = new Map<string, Lines>()
const missing = new Map<string, string>()

await using _ = await startTestCluster()
const events = run({
  files: findTests([]),
  concurrency: 2,
  timeout: 900_000,
  coverage: true,
  coverageIncludeGlobs: ['packages/*/src/**/*.ts'],
  coverageExcludeGlobs: ['**/*.test.ts'],
  cwd: root,
})
events.on('test:coverage', ({ summary }) => {
  for (const { path, totalLineCount, coveredLineCount, lines } of summary.files) {
    const file = relative(root, path)
    loaded.set(file, { all: totalLineCount, ran: coveredLineCount })
    missing.set(file, ranges(lines.filter(({ count }) => count === 0).map(({ line }) => line)))
  }
})
const { failed } = await report(events)

const packages = Map.groupBy(shipped, (file) => file.split('/')[1]!)
const short: string[] = []
for (const [name, files] of [...packages].sort()) {
  const share = shareOf(files.map(linesOf))
  if (/^(protocol|server)$/.test(name) && share < Number(values.least)) short.push(name)
  console.log(`\n${name.padEnd(64)} ${shown(share)}`)
  for (const file of files.sort()) {
    const lines = linesOf(file)
    const rest = missing.get(file) ?? 'never loaded'
    if (lines.ran < lines.all) console.log(`  ${file.padEnd(62)} ${shown(shareOf([lines]))}  ${rest}`)
  }
}
if (short.length > 0) console.log(`\nless than ${values.least} % of ${short.join(' and ')} ran`)
process.exit(failed > 0 || short.length > 0 ? 1 : 0)

function linesOf(file: string): Lines {
  const known = loaded.get(file)
  if (known) return known
  const text = readFileSync(join(root, file), 'utf8')
  const code = stripTypeScriptTypes(text).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|export \{\}/g, '')
  return { all: code.trim() === '' ? 0 : text.split('\n').length - 1, ran: 0 }
}

/** Percent of their lines that ran. */
function shareOf(files: readonly Lines[]): number {
  const [all, ran] = [files.reduce((sum, { all }) => sum + all, 0), files.reduce((sum, { ran }) => sum + ran, 0)]
  return all === 0 ? 100 : (100 * ran) / all
}

function shown(share: number): string {
  return `${share.toFixed(1).padStart(5)} %`
}

/** 3, 4, 5, 9 as 3-5 9. */
function ranges(lines: readonly number[]): string {
  const parts: [number, number][] = []
  for (const line of lines) {
    const last = parts.at(-1)
    if (last && last[1] === line - 1) last[1] = line
    else parts.push([line, line])
  }
  return parts.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(' ')
}
