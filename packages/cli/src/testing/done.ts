import assert from 'node:assert/strict'
import { aicq } from '../../../../tools/testing/command.ts'

/** Each line of what a command printed, as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
export const jsonLines = (printed: string): any[] =>
  printed
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

/** What a command that succeeds gives with `--json`. */
export async function done(home: string, ...args: string[]) {
  const { code, stdout, stderr } = await aicq(home, ...args, '--json')
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
  return jsonLines(stdout)
}
