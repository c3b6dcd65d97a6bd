import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

// npm run mutants: each patch in mutants/ breaks a promise; the tests that its first line names must fail on it.
const root = join(import.meta.dirname, '..')

interface Verdict {
  readonly mutant: string
  /** What is wrong; empty: the mutant was caught. */
  readonly fault: string
}

/** Applies a patch to a copy of the tree, runs the tests that it names there, and takes it back. */
async function tryMutant(patch: string, copy: string): Promise<Verdict> {
  const [, words = ''] = /^# caught by: (.+)$/m.exec(readFileSync(patch, 'utf8')) ?? []
  const mutant = patch.slice(root.length + 1)
  if (!words) return { mutant, fault: 'does not say which test catches it' }
  const applied = spawnSync('git', ['apply', patch], { cwd: copy, encoding: 'utf8' })
  if (applied.status !== 0) return { mutant, fault: `does not apply any more:\n${applied.stderr}` }
  try {
    const env = { ...process.env, NODE_COMPILE_CACHE: join(copy, 'dist/compiled') } // goes with the copy
    const tests = spawn(process.execPath, ['tools/test.ts', ...words.split(' ')], { cwd: copy, env })
    let said = ''
    tests.stdout.on('data', (chunk) => (said += chunk))
    tests.stderr.on('data', (chunk) => (said += chunk))
    const [status] = await once(tests, 'close')
    const failures = said.split(/^✖ /m).slice(1)
    // a test that ran out of time on a busy machine has noticed nothing
    const isNoticed = failures.some((failure) => !/^.*\n\s+'?test timed out/.test(failure))
    const caught = status === 1 && isNoticed && /[1-9]\d* failed\n$/.test(said)
    return { mutant, fault: caught ? '' : `is not caught by ${words}:\n${said}` }
  } finally {
    // nothing that comes after it in this copy would be worth anything
    execFileSync('git', ['apply', '-R', patch], { cwd: copy })
  }
}

/** The files of the project, with what is installed beside them; our own packages are those of the copy. */
function copyTree(copy: string): void {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  for (const file of files.trim().split('\n')) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  mkdirSync(join(copy, 'node_modules/@aicq'), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '@aicq') symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name))
  for (const name of readdirSync(join(root, 'packages')))
    symlinkSync(join(copy, 'packages', name), join(copy, 'node_modules/@aicq', name))
}

/** Every mutant, two at once, each in a copy that others had before: what was compiled there need not be compiled again. */
export async function tryMutants(): Promise<{ passed: number; failed: number }> {
  const patches = globSync('tools/mutants/*.patch', { cwd: root }).sort()
  const rest = patches.values()
  const found = await Promise.all(
    Array.from({ length: 2 }, async () => {
      const copy = mkdtempSync(join(tmpdir(), 'aicq-mutant-'))
      try {
        copyTree(copy)
        const verdicts: Verdict[] = []
        for (const patch of rest) verdicts.push(await tryMutant(join(root, patch), copy))
        return verdicts
      } finally {
        rmSync(copy, { recursive: true, force: true })
      }
    }),
  )
  const verdicts = found.flat().sort((a, b) => a.mutant.localeCompare(b.mutant))
  for (const { mutant, fault } of verdicts) console.log(fault === '' ? `✔ ${mutant} is caught` : `✖ ${mutant} ${fault}`)
  const failed = verdicts.filter(({ fault }) => fault !== '').length
  return { passed: verdicts.length - failed, failed }
}

if (import.meta.main) process.exitCode = (await tryMutants()).failed > 0 ? 1 : 0
