import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startNodes } from '../../../../tools/testing/nodes.ts'
import { readConfig } from '../config.ts'
import { openLogger } from '../log.ts'
import { startServer } from '../server.ts'
import { requireDurability } from './durable.ts'
import { openPostgres } from './postgres.ts'

/** What the serving role has in a database whose commits are set to a value. */
async function withCommits(value: string): Promise<void> {
  await using nodes = await startNodes()
  await nodes.ask(`alter role aicq_server in database ${nodes.database.name} set synchronous_commit = ${value}`)
  const options = { poolSize: 1, statementTimeout: 5_000, timed: () => {} }
  await using db = await openPostgres(nodes.database.serving, options)
  await requireDurability(db)
}

test('a database that answers before a commit is on disk is refused', async () => {
  for (const value of ['off', 'local'])
    await assert.rejects(withCommits(value), {
      name: 'StartError',
      message: `PostgreSQL runs with synchronous_commit = ${value}: acknowledged messages could be lost. Set it to on.`,
    })
})

test('a database whose commits wait for a replica is as durable', async () => {
  await withCommits('remote_apply')
  await withCommits('remote_write')
})

test('a server does not start on a database that is not durable', async () => {
  await using nodes = await startNodes()
  const { name, environment } = nodes.database
  await nodes.ask(`alter database ${name} set synchronous_commit = off`)
  const config = readConfig({ PORT: '0', LOG_LEVEL: 'silent', ...environment })
  await assert.rejects(startServer(config, { now: Date.now, log: openLogger('silent') }), {
    name: 'StartError',
    message: /synchronous_commit = off/,
  })
})
