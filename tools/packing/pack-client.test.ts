import assert from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { startTestServer } from '../testing/server.ts'
import { packClient } from './pack-client.ts'

const root = join(import.meta.dirname, '../..')
const bin = (name: string) => join(root, 'node_modules/.bin', name)
const folder = mkdtempSync(join(tmpdir(), 'aicq-packed-'))
const packed = join(folder, 'client')

before(() => packClient(packed))
after(() => rmSync(folder, { recursive: true, force: true }))

const filesWith = (ending: string) => readdirSync(packed).filter((name) => name.endsWith(ending))
const importsOf = (name: string) =>
  [...readFileSync(join(packed, name), 'utf8').matchAll(/^(?:import|export) .*?['"]([^'"]+)['"];?$/gm)].map(
    ([, from]) => from!,
  )

test('the package of the client is one that npm and TypeScript understand', async () => {
  const { messages } = await publint({ pkgDir: packed, strict: true })
  assert.deepEqual(messages, [])
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json'], { cwd: packed, encoding: 'utf8' }))
  const { status, stdout } = spawnSync(bin('attw'), [join(packed, filename), '--profile', 'esm-only'], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stdout)
})

test('no type of a dependency shows, and only the part for Node needs Node', () => {
  for (const name of filesWith('.d.ts'))
    assert.deepEqual(
      importsOf(name).filter((from) => !from.startsWith('./')),
      [],
      name,
    )
  assert.ok(filesWith('.d.ts').length >= 3)
  for (const name of filesWith('.js').filter((name) => name !== 'node.js'))
    assert.deepEqual(
      importsOf(name).filter((from) => from.startsWith('node:')),
      [],
      name,
    )
})

test('the first program of its README runs with the package as it is published, and its types hold', async () => {
  await using server = await startTestServer()
  const [first] = [...readFileSync(join(packed, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
    ([, code]) => code!,
  )
  assert.ok(first!.trim().split('\n').length < 12)
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@aicq'), { recursive: true })
  symlinkSync(packed, join(modules, '@aicq/client'))
  for (const name of ['@types', 'undici-types']) symlinkSync(join(root, 'node_modules', name), join(modules, name))
  for (const name of Object.keys(JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8')).dependencies)) {
    mkdirSync(join(packed, 'node_modules', name, '..'), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(packed, 'node_modules', name))
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'first.ts'), first!)
  const options = {
    strict: true,
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable', 'dom'],
    types: ['node'],
    noEmit: true,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['first.ts'] }))
  const types = spawnSync(bin('tsc'), ['-p', folder], { encoding: 'utf8' })
  assert.equal(types.status, 0, types.stdout)
  const env = { ...process.env, AICQ_URL: server.url }
  const { stdout } = await promisify(execFile)(process.execPath, ['first.ts'], { cwd: folder, env })
  assert.match(stdout, /^[0-9a-f-]{36} proven hello$/m)
})
