import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { dataFolder } from '../../../../../tools/testing/served.ts'
import { type EmbeddedPostgres, startEmbedded } from '../embedded.ts'

const folder = dataFolder()
let cluster: EmbeddedPostgres
before(async () => {
  cluster = await startEmbedded(folder.path)
})
after(async () => {
  await cluster[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

/** Connects as a role; what is said if it is refused. */
async function refusal(role: string): Promise<string | undefined> {
  const client = new pg.Client({ host: cluster.host, port: cluster.port, user: role, database: 'aicq' })
  client.on('error', () => {})
  return client.connect().then(
    () => client.end().then(() => undefined),
    (error) => error.message,
  )
}

test('whoever runs the server may be the three roles that the map names, and no other', async () => {
  for (const role of ['postgres', 'aicq_owner', 'aicq_server']) assert.equal(await refusal(role), undefined)
  const superuser = new pg.Client({ host: cluster.host, port: cluster.port, user: 'postgres', database: 'aicq' })
  await superuser.connect()
  await superuser.query('create role stranger login superuser')
  await superuser.end()
  assert.equal(await refusal('stranger'), 'Peer authentication failed for user "stranger"')
})

test('the folder of the socket, and the socket, are closed to other system users', () => {
  assert.equal(statSync(cluster.host).mode & 0o777, 0o700)
  assert.equal(statSync(join(cluster.host, '.s.PGSQL.5432')).mode & 0o777, 0o700)
})

const asAnother = `
import pg from 'pg'
const [uid, host, user] = process.argv.slice(1)
process.setgroups([])
process.setgid(Number(uid))
process.setuid(Number(uid))
const client = new pg.Client({ host, port: 5432, user, database: 'aicq' })
client.on('error', () => {})
await client.connect().then(() => console.log('connected'), (error) => console.log(error.message))
process.exit()`

/** What becomes of it when another system user connects. */
function connectAs(uid: number, role: string): string {
  const args = ['--input-type=module', '-e', asAnother, String(uid), cluster.host, role]
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' })
  return stdout.trim() || stderr
}

// only root can become somebody else
if (process.getuid?.() === 0)
  test('another system user is refused: by the folder, and where that is opened, by PostgreSQL', () => {
    for (const uid of [1, 65534]) assert.match(connectAs(uid, 'aicq_server'), /^connect EACCES/)
    for (const path of [dirname(cluster.host), cluster.host]) chmodSync(path, 0o755)
    chmodSync(join(cluster.host, '.s.PGSQL.5432'), 0o777)
    try {
      for (const uid of [2, 1000, 65534])
        for (const role of ['postgres', 'aicq_owner', 'aicq_server'])
          assert.equal(connectAs(uid, role), `Peer authentication failed for user "${role}"`, `user ${uid}`)
    } finally {
      chmodSync(cluster.host, 0o700)
    }
  })
