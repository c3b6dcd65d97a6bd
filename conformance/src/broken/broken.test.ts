import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { freePort } from '../../../tools/testing/free-port.ts'
import { dataFolder, serve } from '../../../tools/testing/served.ts'
import type { Check } from '../check.ts'
import { allChecks } from '../checks.ts'
import { type Finding, judge } from '../judge.ts'
import { meet } from '../meet.ts'
import { World } from '../world.ts'
import { faults } from './faults.ts'
import { type BrokenServer, startBroken } from './proxy.ts'
import { Reach } from './reach.ts'

/** A busy machine makes a server slow, and none of them wrong. */
const patience = { one: 300_000, all: 600_000 }

const keyOf = ({ name, rule }: Check) => `${name} (${rule})`

/**
 * One server behind all of the broken ones: it has their names too. First each check judges it through a proxy of its own, on which
 * every fault is tried and none is done. Then each broken server is judged by the checks that its fault reaches: all others see the
 * very answers that they saw before.
 */
describe('the suite', { concurrency: 2 }, () => {
  const opened = new AsyncDisposableStack()
  const reach = new Reach(faults)
  const broken: BrokenServer[] = []
  let findings: readonly Finding[] = []

  before(async () => {
    const folder = opened.use(dataFolder())
    const start = async (fault: Parameters<typeof startBroken>[0]) => opened.use(await startBroken(fault))
    const whole: BrokenServer[] = []
    for (const check of allChecks) whole.push(await start(reach.of(keyOf(check))))
    for (const fault of faults) broken.push(await start(fault.make()))
    const all = [...whole, ...broken]
    const port = await freePort()
    const environment = { PORT: String(port), PUBLIC_URL: all.map(({ url }) => url).join(',') }
    opened.use(await serve(folder.path, { environment }))
    for (const one of all) one.target = `http://127.0.0.1:${port}`
    const met = await meet(whole[0]!.url)
    assert.ok(typeof met !== 'string', String(met))
    const checks = allChecks.map((check, at) => {
      const world = new World(whole[at]!.url, met.ahead)
      return { ...check, run: () => check.run(world) }
    })
    findings = await judge(met, checks, patience)
  })
  after(() => opened.disposeAsync())

  test('sees nothing wrong with our server', () => sees(findings, []))

  for (const [at, { name, fails }] of faults.entries())
    test(`sees a server that ${name}`, async () => {
      const world = await meet(broken[at]!.url)
      assert.ok(typeof world !== 'string', String(world))
      const reached = allChecks.filter((check) => reach.has(name, keyOf(check)))
      sees(await judge(world, reached, patience), [fails])
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
