import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { missed } from './parts/figures.ts'

const expected: Record<string, string[]> = {
  post: ['post.cpu_ratio', 'post.scaling'],
  read: ['read.flatness'],
  find: ['find.flatness', 'find.common_words_p95_ms'],
  expire: ['expire.disturbance'],
  memory: ['memory.server_mb', 'memory.postgres_mb'],
  fanout: ['fanout.per_cpu_second'],
  latency: ['latency.p95_ms'],
  idle: ['idle.kb_per_connection'],
  resume: ['resume.seconds', 'resume.post_p99_ratio'],
  start: ['start.warm_ms'],
  cluster: ['cluster.post_cpu_ratio', 'cluster.fanout_per_cpu_second', 'cluster.stopped_node_delay_ms'],
}

for (const [scenario, names] of Object.entries(expected))
  test(`the scenario ${scenario} runs, and ends with its figures as one JSON object`, async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'run.ts'), scenario, '--small'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [output, errors] = ['', '']
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (errors += chunk))
    const [code] = await once(child, 'close')
    assert.equal(code, 0, errors)
    const result = JSON.parse(output.trim().split('\n').at(-1)!)
    assert.equal(result.scenario, scenario)
    assert.equal(typeof result.machine.cores, 'number')
    for (const { name, value } of result.figures) assert.ok(Number.isFinite(value) && value > 0, `${name}: ${value}`)
    for (const name of names)
      assert.ok(
        result.figures.some((figure: { name: string }) => figure.name === name),
        name,
      )
  })

test('a figure beyond its bound, and one that is no number, miss it', () => {
  const at = (value: number) => missed([{ name: 'x', value, at_most: 2, at_least: 1 }]).length
  assert.deepEqual([0.9, 1, 2, 2.1, Number.NaN].map(at), [1, 0, 0, 1, 1])
  assert.equal(missed([{ name: 'x', value: 1e9 }]).length, 0)
})
