import { relative } from 'node:path'
import type { run } from 'node:test'
import { inspect } from 'node:util'

/** Prints failures as they come and the slowest files at the end; counts tests, and files that could not run. */
export async function report(events: ReturnType<typeof run>): Promise<{ passed: number; failed: number }> {
  const slow = new Map<string, number>()
  const began = performance.now()
  let passed = 0
  let failed = 0
  for await (const { type, data } of events) {
    if (type === 'test:pass' && data.details.type !== 'suite') passed++
    if (type === 'test:fail' && data.details.type !== 'suite') {
      failed++
      const { cause } = data.details.error as Error & { cause?: unknown }
      console.log(
        `\n✖ ${relative('.', data.file ?? '')}: ${data.name}\n${indent(describe(cause ?? data.details.error))}`,
      )
    }
    if ((type === 'test:pass' || type === 'test:fail') && data.nesting === 0 && data.file)
      slow.set(data.file, (slow.get(data.file) ?? 0) + data.details.duration_ms)
    if (type === 'test:stderr' && process.env.AICQ_TEST_OUTPUT) process.stderr.write(data.message)
    if (type === 'test:stdout' && process.env.AICQ_TEST_OUTPUT) process.stdout.write(data.message)
  }
  const slowest = [...slow].sort(([, a], [, b]) => b - a).slice(0, 5)
  const lines = slowest.map(([file, ms]) => `  ${(ms / 1000).toFixed(1).padStart(6)} s  ${relative('.', file)}`)
  const took = Math.round((performance.now() - began) / 1000)
  console.log(`${passed} passed, ${failed} failed in ${took} s; slowest:\n${lines.join('\n')}`)
  return { passed, failed }
}

const describe = (cause: unknown) => (cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause))
const indent = (text: string) => text.replaceAll(/^/gm, '    ')
