import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { findFaultyFiles } from './check-files.ts'
import { findForbiddenImports } from './check-imports.ts'

const root = join(import.meta.dirname, '..')
const bin = (name: string) => join(root, 'node_modules/.bin', name)

/** What is wrong; empty: nothing. */
type Part = () => Promise<string> | string

const parts: Record<string, Part> = {
  types: command(bin('tsc'), '-p', root),
  'format and lint': command(bin('biome'), 'check', '--error-on-warnings', root),
  'unused code': command(bin('knip'), '--no-progress'),
  imports: () => findForbiddenImports(root).join('\n'),
  files: () => findFaultyFiles(root).join('\n'),
  'emitted files': command(process.execPath, join(root, 'tools/emit-spec.ts'), '--check'),
}

function command(program: string, ...args: string[]): Part {
  return () =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
      let output = ''
      child.stdout.on('data', (chunk) => (output += chunk))
      child.stderr.on('data', (chunk) => (output += chunk))
      child.once('error', reject)
      child.once('close', (code) => resolve(code === 0 ? '' : output || `ended with ${code}`))
    })
}

/** Everything that can be said without running the code; each part is one check. */
export async function check(): Promise<{ passed: number; failed: number }> {
  const results = await Promise.all(Object.entries(parts).map(async ([name, part]) => [name, await part()] as const))
  for (const [name, found] of results) console.log(found === '' ? `✔ ${name}` : `✖ ${name}\n${found}`)
  const failed = results.filter(([, found]) => found !== '').length
  return { passed: results.length - failed, failed }
}

if (import.meta.main) process.exitCode = (await check()).failed > 0 ? 1 : 0
