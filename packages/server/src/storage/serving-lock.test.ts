import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type FreshDatabase, freshDatabase } from '../../../../tools/testing/cluster.ts'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { dataFolder, serve } from '../../../../tools/testing/served.ts'

const lock = 4149433

/** Another connection to a database, by the name that servers give theirs. */
async function connectedAs(name: string, database: FreshDatabase): Promise<pg.Client> {
  const client = new pg.Client({ ...database.superuser, application_name: name })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** The process of PostgreSQL that holds the lock for a server. */
async function holder(client: pg.Client, pid: number): Promise<number | undefined> {
  const { rows } = await client.query(
    `select l.pid from pg_locks l join pg_stat_activity a using (pid)
      where l.objid = $1 and l.granted and a.datname = current_database() and a.application_name like $2`,
    [lock, `aicq serve ${pid}@%`],
  )
  return rows[0]?.pid
}

const pidOfTheDead = () => spawnSync('true').pid

test('a server that loses the connection which says that it serves takes the lock again, and goes on', async () => {
  using folder = dataFolder()
  await using database = await freshDatabase()
  const superuser = await connectedAs('a test', database)
  {
    await using server = await serve(folder.path, { environment: database.environment })
    for (let round = 0; round < 5; round++) {
      const held = await eventually(() => holder(superuser, server.pid))
      await superuser.query('select pg_terminate_backend($1)', [held])
      await eventually(async () => ![held, undefined].includes(await holder(superuser, server.pid)))
    }
    await newAgent(server.url)
    assert.match(
      await serve(folder.path, { environment: database.environment }).then(() => 'serves', String),
      new RegExp(`ended with 1: .*running on this data already: process ${server.pid} `),
    )
  }
  await superuser.end()
})

test('a server whose old connection PostgreSQL still believes in waits until that one has fallen', async () => {
  using folder = dataFolder()
  await using database = await freshDatabase()
  const superuser = await connectedAs('a test', database)
  const { host, port, user } = database.serving
  const open = new Set<[near: Socket, far: Socket]>()
  const network = createServer((near) => {
    const far = connect(join(host!, `.s.PGSQL.${port}`))
    for (const socket of [near, far]) socket.on('error', () => {})
    near.pipe(far, { end: false }).pipe(near)
    open.add([near, far])
  }).listen(0, '127.0.0.1')
  await once(network, 'listening')
  const through = `127.0.0.1:${(network.address() as AddressInfo).port}`
  const environment = { ...database.environment, DATABASE_URL: `postgres://${user}@${through}/${database.name}` }
  {
    await using server = await serve(folder.path, { environment })
    const held = await holder(superuser, server.pid)
    const lost = [...open]
    for (const [near] of lost) near.destroy()
    await sleep(200)
    assert.equal(await holder(superuser, server.pid), held)
    for (const [, far] of lost) far.destroy()
    await eventually(async () => ![held, undefined].includes(await holder(superuser, server.pid)))
    await newAgent(server.url)
  }
  for (const [near, far] of open) for (const socket of [near, far]) socket.destroy()
  network.close()
  await superuser.end()
})

test('a server whose lock went to another ends, answers what it accepted, and says why', async () => {
  using folder = dataFolder()
  await using database = await freshDatabase()
  const superuser = await connectedAs('a test', database)
  const other = await connectedAs('aicq serve 1@elsewhere', database)
  const server = await serve(folder.path, { environment: database.environment })
  const taken = other.query('select pg_advisory_lock($1)', [lock]) // stands in line: it is the next
  await eventually(async () => {
    const { rows } = await superuser.query('select from pg_locks where objid = $1 and not granted', [lock])
    return rows.length === 1
  })
  await superuser.query('select pg_terminate_backend($1)', [await holder(superuser, server.pid)])
  await taken
  assert.equal(await server.ended, 1)
  assert.match(server.said(), /^error: the connection that says who serves was lost and cannot be had again/)
  await assert.rejects(send(server.url, 'GET /health/live'))
  await other.end()
  await superuser.end()
})

test('a lock that a server which no longer lives still holds is waited for', async () => {
  using folder = dataFolder()
  await using database = await freshDatabase()
  const dead = await connectedAs(`aicq serve ${pidOfTheDead()}@${hostname()}`, database)
  await dead.query('select pg_advisory_lock($1)', [lock])
  let waits = true
  const starting = serve(folder.path, { environment: database.environment }).finally(() => {
    waits = false
  })
  await eventually(async () => {
    const { rows } = await dead.query(
      `select from pg_stat_activity where application_name ~ '^aicq serve' and datname = current_database()`,
    )
    return rows.length === 2
  })
  await sleep(100)
  assert.ok(waits)
  await dead.end()
  await using server = await starting
  await newAgent(server.url)
})

test('a lock is not waited for when its holder is on another machine, where the same pid may live', async () => {
  using folder = dataFolder()
  await using database = await freshDatabase()
  const other = await connectedAs(`aicq serve ${pidOfTheDead()}@elsewhere`, database)
  await other.query('select pg_advisory_lock($1)', [lock])
  await assert.rejects(
    serve(folder.path, { environment: database.environment }),
    /ended with 1: .*"start".*running on this data already: process \d+ on elsewhere\. Stop it first/,
  )
  await other.end()
})
