import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freshDatabase } from '../../../tools/testing/cluster.ts'
import { dataFolder, serve } from '../../../tools/testing/served.ts'

/** What a start that must fail says, with its code and no other words. */
async function refusal(environment: Record<string, string>): Promise<string> {
  using folder = dataFolder()
  const failure = await serve(folder.path, { environment }).then(
    async (server) => {
      await server[Symbol.asyncDispose]()
      return 'it started'
    },
    (error) => error.message,
  )
  const [, line] = /^ended with 1: (.*)\n$/.exec(failure) ?? []
  const { code, message, todo } = JSON.parse(line ?? assert.fail(failure)).error
  assert.deepEqual([code, todo], ['start', undefined])
  return message
}

test('a DATA_DIR that cannot be used is told soon, also with a database elsewhere', async () => {
  await using database = await freshDatabase()
  using folder = dataFolder()
  const file = join(folder.path, 'file')
  writeFileSync(file, '')
  const cases: Record<string, RegExp> = {
    '/proc/x': /^DATA_DIR=\/proc\/x cannot be made: set DATA_DIR/,
    '/proc/x/y': /^DATA_DIR=\/proc\/x\/y cannot be made: set DATA_DIR/,
    [file]: /^DATA_DIR=\S+ is or goes through what is no folder: set/,
    [join(file, 'below')]: /^DATA_DIR=\S+ is or goes through what is no folder: set/,
  }
  for (const [DATA_DIR, said] of Object.entries(cases)) {
    assert.match(await refusal({ DATA_DIR }), said)
    assert.match(await refusal({ DATA_DIR, ...database.environment }), said)
  }
})
