import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { newAgent } from '../../../../../tools/testing/requests.ts'
import { dataFolder, serve } from '../../../../../tools/testing/served.ts'
import { findPrograms, programsIn } from './programs.ts'
import { chooseRunner } from './user.ts'

const nobody = 65534
const works = (program: string, ...args: string[]) => spawnSync(program, [...args, 'true']).status === 0
const asRoot = process.getuid?.() === 0
const namespaces = works('unshare', '--user', '--map-root-user', 'unshare', '--user', '--map-user=1')
/** Whether somebody who owns nothing here can run PostgreSQL from where the project is. */
const readable = asRoot && spawnSync(findPrograms().postgres, ['--version'], { uid: nobody, gid: nobody }).status === 0

/** Whether it runs; the dead whom nobody has buried do not. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** The system user that a process belongs to. */
const userOf = (pid: number) => Number(/^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

if (namespaces)
  test('root whose data is its own runs PostgreSQL inside a user namespace, and is told nothing', async () => {
    using folder = dataFolder()
    await using server = await serve(folder.path, {
      through: asRoot ? [] : ['unshare', '--user', '--map-root-user'],
    })
    await newAgent(server.url)
    const [postmaster] = server.postgres()
    assert.notEqual(readlinkSync(`/proc/${postmaster}/ns/user`), readlinkSync(`/proc/${server.pid}/ns/user`))
    assert.equal(statSync(server.data).uid, process.getuid!())
    assert.equal(server.data, join(folder.path, 'postgres'))
    assert.deepEqual(server.notes, [])
  })

if (namespaces)
  test('a user id without a name is told so, and nothing is made', async () => {
    using folder = dataFolder()
    const through = ['unshare', '--user', '--map-user=54321', '--map-group=54321']
    await assert.rejects(
      serve(folder.path, { through }),
      /ended with 1: .*"start".*The user id 54321 has no name on this system.*\/etc\/passwd.*DATABASE_URL/,
    )
    assert.deepEqual(readdirSync(folder.path), [])
  })

if (asRoot) {
  test('root whose data belongs to a user without a name is told so', async () => {
    using folder = dataFolder()
    chownSync(folder.path, 54321, 54321)
    await assert.rejects(serve(folder.path), /The user id 54321 has no name on this system/)
    assert.deepEqual(readdirSync(folder.path), [])
  })

  test('root is told when the owner of the data cannot read the programs', () => {
    using folder = dataFolder()
    using closed = dataFolder()
    chownSync(folder.path, nobody, nobody)
    chmodSync(closed.path, 0o700)
    assert.throws(() => chooseRunner(folder.path, programsIn(closed.path)), {
      name: 'StartError',
      message:
        /has to run as nobody, who owns .* and that user cannot read .*: move the project, or give DATA_DIR to root/,
    })
  })

  test('root without user namespaces runs PostgreSQL as nobody, in a place that it names, and stops it', async () => {
    const before = { shared: existsSync('/var/lib/aicq'), entries: new Set(entries()) }
    using folder = dataFolder()
    // the only program on the path is the one that names users; root in a container may not look into processes of others
    const path = join(folder.path, 'bin')
    mkdirSync(path)
    symlinkSync('/usr/bin/id', join(path, 'id'))
    const data = join(folder.path, 'data')
    const launch = { through: ['/usr/bin/setpriv', '--bounding-set=-sys_ptrace'], environment: { PATH: path } }
    try {
      const first = await serve(data, launch)
      const [postmaster] = first.postgres()
      assert.equal(userOf(postmaster!), nobody)
      assert.match(first.data, /^\/var\/lib\/aicq\/[0-9a-f]{16}\/postgres$/)
      assert.equal(statSync(first.data).uid, nobody)
      assert.equal(statSync(first.data).mode & 0o777, 0o700)
      assert.equal(first.notes.length, 1)
      assert.ok(first.notes[0]!.includes(`the data is in ${dirname(first.data)}.`), first.notes[0])
      await newAgent(first.url)
      await first.kill()
      const second = await serve(data, launch)
      assert.equal(second.postgres()[0], postmaster, 'the one that lives on is used')
      await second[Symbol.asyncDispose]()
      assert.ok(!isRunning(postmaster!))
      assert.ok(!existsSync(join(second.data, 'postmaster.pid')))
    } finally {
      for (const name of entries())
        if (!before.entries.has(name)) rmSync(join('/var/lib/aicq', name), { recursive: true })
      if (!before.shared) rmdirSync('/var/lib/aicq')
    }
  })
}

const entries = () => (existsSync('/var/lib/aicq') ? readdirSync('/var/lib/aicq') : [])

if (readable)
  test('root whose data belongs to another user runs PostgreSQL as that one, and works with it', async () => {
    using folder = dataFolder()
    chownSync(folder.path, nobody, nobody)
    const server = await serve(folder.path)
    const [postmaster] = server.postgres()
    assert.equal(userOf(postmaster!), nobody)
    assert.equal(statSync(server.data).uid, nobody)
    assert.deepEqual(server.notes, [])
    await newAgent(server.url)
    await server[Symbol.asyncDispose]()
    assert.ok(!isRunning(postmaster!))
  })
