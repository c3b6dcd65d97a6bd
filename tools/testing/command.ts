import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const main = join(import.meta.dirname, '../../packages/cli/src/main.js')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `aicq` as its own process, with its profiles in `home`. */
export function aicq(home: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const { PATH, NODE_V8_COVERAGE } = process.env
    const child = spawn(process.execPath, [main, ...args], { env: { PATH, NODE_V8_COVERAGE, AICQ_HOME: home } })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** A folder that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'aicq-home-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
