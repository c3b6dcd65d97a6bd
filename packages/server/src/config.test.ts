import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readConfig, settingsTable } from './config.ts'

const refusal = (environment: Record<string, string>): string => {
  try {
    readConfig(environment)
  } catch (error) {
    return (error as Error).message
  }
  return 'accepted'
}

test('a bad value stops the start with the variable, the value and what is allowed', () => {
  assert.equal(refusal({ PORT: '80a' }), 'PORT="80a" is not allowed: a whole number from 0 to 65535.')
  assert.equal(refusal({ PORT: '65536' }), 'PORT="65536" is not allowed: a whole number from 0 to 65535.')
  assert.equal(refusal({ ENV: 'prod' }), 'ENV="prod" is not allowed: one of development, production.')
  const bad: Record<string, string> = {
    HOST: 'a b',
    PUBLIC_URL: 'https://a.example/path',
    DATABASE_URL: 'mysql://x',
    REDIS_URL: 'http://x/',
    ADMIN_AGENT_ID: 'me',
    ACCEPT_V0_SIGNATURES: 'maybe',
    AUTO_BLOCK_ENABLED: 'si',
    LIMIT_MESSAGE_POST: '0/60',
    LIMIT_AGENT_REGISTER: '10',
    LIMIT_BYTES: '1000/86401',
    BLOCK_AFTER: '10 an hour',
    TRUST_PROXY: '10.0.0.0/8,proxy',
    V0_SUNSET: 'soon',
    RATE_LIMIT_WHITELIST: '10.0.0.0/8,nowhere',
    MESSAGE_RETENTION: '-1',
    LOG_LEVEL: 'loud',
  }
  for (const [name, value] of Object.entries(bad))
    assert.match(refusal({ [name]: value }), new RegExp(`^${name}="${value}" is not allowed: .{5,}\\.$`), name)
})

test('a refusal shows no secret: of a URL all but the password, of others the length', () => {
  const secret = 'hunter2hunter2'
  assert.match(
    refusal({ INSTANCE_SECRET: secret }),
    /^INSTANCE_SECRET=\(14 characters\) is not allowed: 32 random bytes/,
  )
  for (const name of ['DATABASE_URL', 'DATABASE_OWNER_URL', 'REDIS_URL']) {
    const shown = refusal({ [name]: `mysql://ada:${secret}@db.example:1/x?password=${secret}` })
    assert.match(shown, new RegExp(`^${name}="mysql://ada@db.example:1/x" is not allowed: `))
    for (const text of [`a:${secret}`, secret, `mysql://ada:12/${secret}@db/x`, `mysql://ada:${secret}#@db/x`])
      assert.match(refusal({ [name]: text }), new RegExp(`^${name}=\\(\\d+ characters\\) is not allowed: `))
  }
})

test('an empty variable is as good as none', () => {
  assert.deepEqual(readConfig({ PORT: '', ENV: ' ' }), readConfig({}))
  assert.equal(readConfig({}).port, 8080)
  assert.equal(readConfig({}).host, '127.0.0.1')
})

test('every wait has a limit, and each is a setting: headers 10 s, request 15 s, handler 10 s, statement 5 s, idle 60 s', () => {
  const limits = {
    HEADERS_TIMEOUT: ['headersTimeout', 10_000],
    REQUEST_TIMEOUT: ['requestTimeout', 15_000],
    HANDLER_TIMEOUT: ['handlerTimeout', 10_000],
    STATEMENT_TIMEOUT: ['statementTimeout', 5_000],
    IDLE_TIMEOUT: ['idleTimeout', 60_000],
  } as const
  for (const [env, [name, ms]] of Object.entries(limits)) {
    assert.equal(readConfig({})[name], ms, env)
    assert.equal(readConfig({ [env]: '1234' })[name], 1234, env)
    assert.match(refusal({ [env]: '0' }), /whole number/, env)
  }
})

test('production insists on its own names and a kept secret', () => {
  const production = { ENV: 'production' }
  assert.match(refusal(production), /PUBLIC_URL/)
  const named = { ...production, PUBLIC_URL: 'https://aicq.example' }
  assert.equal(readConfig(named).host, '::')
  assert.match(refusal({ ...named, DATABASE_URL: 'postgres://u@db.example/aicq' }), /INSTANCE_SECRET/)
})

test('in production a database without TLS is refused, unless it is at a loopback address', () => {
  const production = { ENV: 'production', PUBLIC_URL: 'https://aicq.example', INSTANCE_SECRET: 'ab'.repeat(32) }
  const near = 'postgres://u@127.0.0.1/aicq?sslmode=disable'
  const far = 'postgres://u@db.example/aicq?sslmode=disable'
  for (const name of ['DATABASE_URL', 'DATABASE_OWNER_URL', 'DATABASE_PRUNER_URL']) {
    assert.match(refusal({ ...production, DATABASE_URL: near, [name]: far }), /by TLS: add sslmode=verify-full/, name)
    assert.equal(refusal({ DATABASE_URL: near, [name]: far }), 'accepted', name)
  }
  for (const url of [
    'postgres://u@db.example/aicq',
    'postgres://u@db.example/aicq?sslmode=prefer',
    'postgres://u@db.example/aicq?sslmode=no-verify',
    'postgres://u@db.example/aicq?ssl=0',
    'postgres://u@127.0.0.1/aicq?sslmode=disable&host=db.example',
    'postgres:///aicq?sslmode=disable&host=192.0.2.1',
    'postgres://u@127.0.0.1.db.example/aicq?sslmode=disable',
    'postgres://u@localhost.example/aicq?sslmode=disable',
    'postgres://u@[2001:db8::1]/aicq?sslmode=disable',
  ])
    assert.match(refusal({ ...production, DATABASE_URL: url }), /by TLS: add sslmode=verify-full/, url)
  for (const url of [
    near,
    'postgres://u@localhost:5433/aicq?sslmode=disable',
    'postgres://u@127.0.0.2/aicq?sslmode=disable',
    'postgres://u@[::1]/aicq?sslmode=disable',
    'postgres://u@%2Frun%2Fpostgresql/aicq?sslmode=disable',
    'postgres:///aicq?host=/run/postgresql&sslmode=disable',
    'postgres://u@db.example/aicq?sslmode=verify-full',
    'postgres://u@db.example/aicq?ssl=true',
    'postgres://u@127.0.0.1/aicq',
  ])
    assert.equal(refusal({ ...production, DATABASE_URL: url }), 'accepted', url)
})

test('docs/settings.md lists every setting with its meaning', () => {
  const page = readFileSync(new URL('../../../docs/settings.md', import.meta.url), 'utf8')
  for (const { env, meaning } of settingsTable) {
    assert.ok(page.includes(`\`${env}\``), env)
    assert.ok(page.includes(meaning), env)
  }
})
