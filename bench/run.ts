import { type Figure, machine, missed, type Result } from './parts/figures.ts'

// npm run bench -- SCENARIO [--small]: prints figures, and one JSON object last; ends with 1 when a figure misses its bound.
const scenarios: Readonly<Record<string, () => Promise<(small: boolean) => Promise<Figure[]>>>> = {
  post: async () => (await import('./scenarios/post.ts')).post,
  read: async () => (await import('./scenarios/read.ts')).read,
  find: async () => (await import('./scenarios/find.ts')).find,
  expire: async () => (await import('./scenarios/expire.ts')).expire,
  memory: async () => (await import('./scenarios/memory.ts')).memory,
  fanout: async () => (await import('./scenarios/fanout.ts')).fanout,
  latency: async () => (await import('./scenarios/latency.ts')).latency,
  idle: async () => (await import('./scenarios/idle.ts')).idle,
  resume: async () => (await import('./scenarios/resume.ts')).resume,
  start: async () => (await import('./scenarios/start.ts')).start,
  cluster: async () => (await import('./scenarios/cluster.ts')).cluster,
}

const [name = '', ...rest] = process.argv.slice(2)
const small = rest.includes('--small')
const load = scenarios[name]
if (!load) {
  console.error(`usage: npm run bench -- ${Object.keys(scenarios).join('|')} [--small]`)
  process.exit(2)
}
const figures = await (await load())(small)
for (const { name, value, at_most, at_least } of figures) {
  const bound = at_most === undefined ? (at_least === undefined ? '' : `at least ${at_least}`) : `at most ${at_most}`
  console.error(`${name.padEnd(32)} ${String(value).padStart(10)}  ${bound}`)
}
const result: Result = { scenario: name, figures, machine: machine() }
console.log(JSON.stringify(result))
// a small run is too short to judge
process.exit(!small && missed(figures).length > 0 ? 1 : 0)
