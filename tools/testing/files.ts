import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** Every test file, or those whose path contains one of the words; absolute paths. */
export function findTests(words: readonly string[]): string[] {
  return globSync('{packages,conformance,tools,bench,examples}/**/*.test.ts', {
    cwd: root,
    exclude: (name) => name === 'node_modules',
  })
    .sort()
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .map((file) => join(root, file))
}

/** Whether a test works on the run's PostgreSQL: it imports tools/testing/, directly or through a file beside it. */
export const usesDatabase = (file: string) => leadsTo(file, /tools\/testing\/(cluster|server)\.ts$/)

/** Whether a test needs Redis. */
export const usesRedis = (file: string) => leadsTo(file, /tools\/services\/redis\.ts$/)

/** Whether a test needs a browser. */
export const usesBrowser = (file: string) => leadsTo(file, /tools\/services\/chromium\.ts$/)

/** Whether a test needs Debian's PostgreSQL. */
export const usesPostgres = (file: string) => leadsTo(file, /tools\/services\/postgresql\.ts$/)

/** Whether a test needs Prometheus's tool. */
export const usesPrometheus = (file: string) => leadsTo(file, /tools\/services\/prometheus\.ts$/)

/** Whether a test needs further shells. */
export const usesShells = (file: string) => leadsTo(file, /tools\/services\/shells\.ts$/)

function leadsTo(file: string, goal: RegExp, seen = new Set<string>()): boolean {
  if (seen.has(file) || !existsSync(file)) return false
  seen.add(file)
  if (goal.test(file)) return true
  const imports = [...readFileSync(file, 'utf8').matchAll(/from '(\.[^']+\.ts)'/g)].map(([, path]) =>
    resolve(dirname(file), path!),
  )
  return imports.some((path) => !/packages\/\w+\/src\/index\.ts$/.test(path) && leadsTo(path, goal, seen))
}
