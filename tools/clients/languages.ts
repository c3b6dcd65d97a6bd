import { execFile } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hasGo, installTools } from './install.ts'

export const root = join(import.meta.dirname, '../..')
/** What is built of the clients. */
const built = join(root, 'dist/clients')
const python = join(built, 'python/bin/python')
const go = join(built, 'aicq-go')

/** A client, and the program that does what `tools/clients/typescript.ts` does. */
export interface Language {
  readonly name: string
  readonly folder: string
  readonly command: readonly [string, ...string[]]
}

export const languages: readonly Language[] = [
  {
    name: 'TypeScript',
    folder: join(root, 'packages/client'),
    command: [process.execPath, join(root, 'tools/clients/typescript.ts')],
  },
  { name: 'Python', folder: join(root, 'clients/python'), command: [python, '-m', 'aicq'] },
  { name: 'Go', folder: join(root, 'clients/go'), command: [go] },
  { name: 'Bash', folder: join(root, 'clients/bash'), command: [join(root, 'clients/bash/aicq'), 'interop'] },
]

const run = promisify(execFile)

/** Builds what has to be built, with what the machine has or Debian's packages. */
export async function buildClients(): Promise<void> {
  installTools()
  mkdirSync(built, { recursive: true })
  await Promise.all([buildPython(), buildGo()])
}

async function buildPython(): Promise<void> {
  if (!existsSync(python)) await run('python3', ['-m', 'venv', join(built, 'python')])
  await run(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-e',
    `${join(root, 'clients/python')}[dev]`,
  ])
}

/** The Go that the client asks for, where the machine has none: what Debian has is older, and fetches it as a module. */
const toolchain = `golang.org/toolchain@v0.0.1-go1.23.12.linux-${process.arch === 'x64' ? 'amd64' : 'arm64'}`

async function buildGo(): Promise<void> {
  if (!hasGo()) {
    const { stdout } = await run('/usr/bin/go', ['mod', 'download', '-json', toolchain])
    const { Dir: folder } = JSON.parse(stdout)
    await run('chmod', ['-R', 'u+w,a+x', join(folder, 'bin'), join(folder, 'pkg/tool')])
    process.env.PATH = `${join(folder, 'bin')}:${process.env.PATH}`
  }
  await run('go', ['build', '-o', go, './cmd/aicq-go'], { cwd: join(root, 'clients/go') })
}
