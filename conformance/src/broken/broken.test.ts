import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { dataFolder, serve } from '../../../tools/testing/served.ts'
import { allChecks, areas } from '../checks.ts'
import { type Finding, judge } from '../judge.ts'
import { meet } from '../meet.ts'
import { faults } from './faults.ts'
import { type BrokenServer, startBroken } from './proxy.ts'

/** One server behind all of the broken ones: it has their names too. */
describe('the suite', { concurrency: 2 }, () => {
  const opened = new AsyncDisposableStack()
  const broken: BrokenServer[] = []
  let whole: BrokenServer

  before(async () => {
    const folder = opened.use(dataFolder())
    whole = opened.use(await startBroken({}))
    for (const fault of faults) broken.push(opened.use(await startBroken(fault.make())))
    const all = [whole, ...broken]
    const port = await freePort()
    const environment = { PORT: String(port), PUBLIC_URL: all.map(({ url }) => url).join(',') }
    opened.use(await serve(folder.path, { environment }))
    for (const one of all) one.target = `http://127.0.0.1:${port}`
  })
  after(() => opened.disposeAsync())

  test('sees nothing wrong with our server', async () => {
    const world = await meet(whole.url)
    assert.ok(typeof world !== 'string', String(world))
    sees(await judge(world, allChecks), [])
  })

  for (const [at, { name, areas: judged, fails }] of faults.entries())
    test(`sees a server that ${name}`, async () => {
      const world = await meet(broken[at]!.url)
      assert.ok(typeof world !== 'string', String(world))
      const checks = judged.flatMap((area) => areas[area]).filter(({ isSlow }) => !isSlow)
      sees(await judge(world, checks), fails)
    })
})

/** That these checks have failed, and no others; else what each of them had to say. */
function sees(findings: readonly Finding[], fails: readonly string[]): void {
  const wrong = findings.filter(({ outcome }) => outcome !== 'passed')
  const names = wrong.map(({ check }) => check.name).sort()
  const said = wrong.map(({ check, expected, came }) => `${check.name}: expected ${expected}; came ${came}`)
  if (names.join() !== [...fails].sort().join())
    assert.fail(`${said.join('\n')}\nexpected to fail:\n${fails.join('\n')}`)
}

/** A port that nobody listens on, for a server that does not say its own: it calls itself by its public names. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
