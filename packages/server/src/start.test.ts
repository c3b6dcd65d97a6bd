import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
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

test('an address that cannot be had is told by its variable', async () => {
  await using database = await freshDatabase()
  const environment = { ...database.environment, INSTANCE_SECRET: 'ab'.repeat(32) }
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  try {
    const said = await refusal({ ...environment, PORT: String(port) })
    assert.match(said, new RegExp(`^PORT=${port} is in use at 127.0.0.1: stop what listens there, or set another PORT`))
  } finally {
    other.close()
  }
  for (const HOST of ['192.0.2.1', 'nowhere.invalid'])
    assert.match(await refusal({ ...environment, HOST }), new RegExp(`^HOST=${HOST} is not an address of this machine`))
})

test('a database that cannot be had is told by its variable, without the password', async () => {
  await using database = await freshDatabase()
  const { DATABASE_URL, DATABASE_OWNER_URL } = database.environment
  const away = 'postgres://ada:hunter2@127.0.0.1:1/aicq?password=hunter2'
  const refused = 'postgres://ada@127.0.0.1:1/aicq cannot be used: connect ECONNREFUSED 127.0.0.1:1. What to do: start'
  assert.ok((await refusal({ DATABASE_URL: away })).startsWith(`DATABASE_URL=${refused}`))
  const owner = await refusal({ DATABASE_URL, DATABASE_OWNER_URL: away })
  assert.ok(owner.startsWith(`DATABASE_OWNER_URL=${refused}`), owner)
  const missing = DATABASE_OWNER_URL.replace(database.name, 'nowhere')
  assert.match(await refusal({ DATABASE_URL: missing }), /"nowhere" does not exist. What to do: make the database/)
  const stranger = DATABASE_URL.replace('aicq_server', 'ada:hunter2')
  const said = await refusal({ DATABASE_URL: stranger })
  assert.match(said, /"ada". What to do: set the user and the password|role "ada" does not exist/)
  assert.doesNotMatch(said, /hunter2/)
})

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
