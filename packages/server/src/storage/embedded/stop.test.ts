import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { identityFromSeed, newSeed, signRequest, toBase64 } from '@aicq/protocol'
import { eventually } from '../../../../../tools/testing/requests.ts'
import { dataFolder, serve } from '../../../../../tools/testing/served.ts'

/** A registration whose headers were accepted and whose body is still to come; `finish` gives the status. */
async function halfRegistration(origin: string): Promise<{ finish: () => Promise<number> }> {
  const identity = await identityFromSeed(newSeed())
  const url = `${origin}/v1/register`
  const body = new TextEncoder().encode(JSON.stringify({ public_key: toBase64(identity.publicKey) }))
  const signed = await signRequest(identity, { method: 'POST', url, body }, { keyid: identity.did })
  const length = String(body.byteLength)
  const headers = { ...signed, 'content-type': 'application/json', 'content-length': length, expect: '100-continue' }
  const posting = request(url, { method: 'POST', headers, agent: new Agent({ keepAlive: true }) })
  posting.flushHeaders()
  await once(posting, 'continue')
  return {
    async finish() {
      const answered = once(posting, 'response')
      posting.end(body)
      const [answer] = await answered
      answer.resume()
      return answer.statusCode
    },
  }
}

async function refusesConnections(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  try {
    await once(socket, 'connect')
    return false
  } catch {
    return true
  } finally {
    socket.destroy()
  }
}

test('Ctrl-C reaches the server alone, which answers what it accepted and then stops PostgreSQL', async () => {
  using folder = dataFolder()
  const server = await serve(folder.path, {
    ownGroup: true,
    environment: { LANG: 'de_DE.ISO-8859-1', LC_ALL: 'tr_TR', REQUEST_TIMEOUT: '60000' },
  })
  const superuser = await server.connect()
  const { rows } = await superuser.query(
    `select pg_encoding_to_char(encoding) as encoding, datcollate, datctype from pg_database where datname = 'aicq'`,
  )
  assert.deepEqual(rows, [{ encoding: 'UTF8', datcollate: 'C.UTF-8', datctype: 'C.UTF-8' }])
  const accepted = await halfRegistration(server.url)
  process.kill(-server.pid, 'SIGINT')
  await eventually(() => refusesConnections(server.url))
  await sleep(200) // a PostgreSQL that heard it too would be gone
  assert.equal((await superuser.query('select 1 as alive')).rows[0].alive, 1)
  const log = () => readFileSync(join(folder.path, 'postgres.log'), 'utf8')
  assert.doesNotMatch(log(), /shutdown request/)
  assert.equal(await accepted.finish(), 201)
  const answered = performance.now()
  assert.equal(await server.ended, 0)
  assert.ok(performance.now() - answered < 30_000, 'a connection that is kept alive holds nothing up')
  assert.ok(!existsSync(join(server.data, 'postmaster.pid')))
  assert.match(log(), /received fast shutdown request[\s\S]*database system is shut down/)
})

test('two first starts at once: one serves and the other is refused, and nothing else is left behind', async () => {
  using folder = dataFolder()
  const [one, two] = await Promise.allSettled([serve(folder.path), serve(folder.path)])
  const [winner, loser] = one.status === 'fulfilled' ? [one, two] : [two, one]
  assert.ok(winner.status === 'fulfilled' && loser.status === 'rejected')
  await using server = winner.value
  assert.match(String(loser.reason), new RegExp(`ended with 1: .*"start".*process ${server.pid} `))
  const client = await server.connect()
  await client.end()
  assert.deepEqual(readdirSync(folder.path).sort(), ['instance-secret', 'postgres', 'postgres.log'])
})
