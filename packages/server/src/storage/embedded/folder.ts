import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '../start-error.ts'
import { isAlive } from './running.ts'
import type { Runner } from './user.ts'

/** The major version whose folders the programs read. */
const major = '18'
const draft = /\.new-(\d+)$/

/** The folder of the data, made if it is not there. Errors: `StartError`; nothing that was there is changed. */
export function prepareFolder(runner: Runner, password: string | undefined): string {
  const data = join(runner.home, 'postgres')
  removeDrafts(runner.home)
  if (!existsSync(join(data, 'PG_VERSION'))) makeFolder(runner, data, password)
  const version = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  if (version !== major)
    throw new StartError(
      `${data} was made by PostgreSQL ${version}, and this server brings ${major}. Nothing was changed: use the version of AICQ that made it, or another DATA_DIR.`,
    )
  return data
}

/** Under a name of its own, renamed when it is whole: a start that is killed leaves nothing half-made. */
function makeFolder(runner: Runner, data: string, password: string | undefined): void {
  const made = join(runner.home, `postgres.new-${process.pid}`)
  const secret = join(runner.home, `postgres.password-${process.pid}`)
  try {
    mkdirSync(made, { mode: 0o700 })
    if (runner.uid !== undefined) chownSync(made, runner.uid, runner.gid!)
    if (password !== undefined) writeFileSync(secret, password, { mode: 0o600 })
    const args = ['-D', made, '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8', '--no-instructions']
    if (password !== undefined) args.push(`--pwfile=${secret}`, '--auth=scram-sha-256')
    run(runner, args)
    renameSync(made, data)
  } catch (error) {
    if (existsSync(join(data, 'PG_VERSION'))) return // another first start was faster
    throw error instanceof StartError ? error : explain((error as Error).message, runner.home)
  } finally {
    rmSync(made, { recursive: true, force: true })
    rmSync(secret, { force: true })
  }
}

function run({ prefix, programs, uid, gid, home }: Runner, args: readonly string[]): void {
  const [program, ...rest] = [...prefix, programs.initdb, ...args]
  const identity = uid === undefined ? {} : { uid, gid: gid! }
  const { status, stderr, stdout, error } = spawnSync(program!, rest, {
    ...identity,
    cwd: home,
    encoding: 'utf8',
    env: plainEnvironment(),
  })
  if (status !== 0) throw explain(error?.message ?? `${stderr}\n${stdout}`, home)
}

/** What PostgreSQL sees of our environment: nothing that would change how it works. */
export const plainEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' })

/** Says in words of the operator why PostgreSQL did not do what it should. */
export function explain(output: string, home: string): StartError {
  if (/No space left on device|ENOSPC|Disk quota exceeded/.test(output))
    return new StartError(`There is no space left for the data in ${home}: make room and start again.`)
  if (/Permission denied|EACCES/.test(output))
    return new StartError(
      `PostgreSQL may not write in ${home}: give the folder to the user who starts the server, or set DATA_DIR.`,
    )
  if (/Read-only file system|EROFS/.test(output))
    return new StartError(`${home} is on a read-only file system: set DATA_DIR.`)
  const last = output.trim().split('\n').slice(-6).join('\n  ')
  return new StartError(`The embedded PostgreSQL did not start in ${home}:\n  ${last}`)
}

/** Each at once, and only if it says something else: a full disk leaves what was there. */
export function replaceFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name)
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
    // a new file: the owner of the folder may have put a link there, and we may be root
    rmSync(`${file}.new`, { force: true })
    writeFileSync(`${file}.new`, text, { flag: 'wx' })
    renameSync(`${file}.new`, file)
  }
}

function removeDrafts(home: string): void {
  for (const name of existsSync(home) ? readdirSync(home) : []) {
    const pid = draft.exec(name)?.[1]
    if (pid && !isAlive(Number(pid))) rmSync(join(home, name), { recursive: true, force: true })
  }
}
