import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataFolder, serve } from '../testing/served.ts'
import { buildClients, languages, root } from './languages.ts'

/**
 * Seconds that the first message may take, and how often it is tried, also while each took longer: this machine may have something else
 * to do, which makes all slow for a while.
 */
const most = 5
const tries = { usual: 3, slow: 6 }

/** What is typed in an empty folder, and what has to lie there before: what the language would have downloaded. */
interface Beginning {
  readonly name: string
  prepare(folder: string): void
  readonly line: string
}

/** The first program on the page of a client. */
function program(name: string, language: string): string {
  const { folder } = languages.find((one) => one.name === name)!
  const [, code] = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(
    readFileSync(join(folder, 'README.md'), 'utf8'),
  )!
  if (code!.trim().split('\n').length >= 12) throw new Error(`the first program of ${name} has twelve lines or more`)
  return code!
}

const [typescript, python, go, bash] = languages
const beginnings: readonly Beginning[] = [
  {
    name: 'command line',
    prepare: () => {},
    line: `node ${join(root, 'packages/cli/src/main.js')} post "hello" && node ${join(root, 'packages/cli/src/main.js')} read`,
  },
  {
    name: typescript!.name,
    prepare(folder) {
      symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
      writeFileSync(join(folder, 'first.ts'), program(typescript!.name, 'ts'))
    },
    line: 'node first.ts',
  },
  {
    name: python!.name,
    prepare: (folder) => writeFileSync(join(folder, 'first.py'), program(python!.name, 'python')),
    line: `${python!.command[0]} first.py`,
  },
  {
    name: go!.name,
    prepare(folder) {
      const of = readFileSync(join(go!.folder, 'go.mod'), 'utf8')
      const [, module] = /^module (.+)$/m.exec(of)!
      const rest = of.replace(/^module .+$/m, 'module first')
      writeFileSync(join(folder, 'go.mod'), `${rest}\nrequire ${module} v0.0.0\nreplace ${module} => ${go!.folder}\n`)
      writeFileSync(join(folder, 'go.sum'), readFileSync(join(go!.folder, 'go.sum')))
      writeFileSync(join(folder, 'main.go'), program(go!.name, 'go'))
    },
    line: 'go run .',
  },
  {
    name: bash!.name,
    prepare(folder) {
      mkdirSync(join(folder, 'clients/bash'), { recursive: true })
      symlinkSync(join(bash!.folder, 'aicq'), join(folder, 'clients/bash/aicq'))
      writeFileSync(join(folder, 'first.sh'), program(bash!.name, 'sh'))
    },
    line: 'bash -e first.sh',
  },
]

/** Seconds until a program, in an empty folder and at a server where nobody has said anything, shows what it said. */
async function once({ name, prepare, line }: Beginning): Promise<number> {
  await using opened = new AsyncDisposableStack()
  const data = opened.use(dataFolder())
  const { url } = opened.use(await serve(data.path))
  const folder = mkdtempSync(join(tmpdir(), 'aicq-first-'))
  opened.defer(() => rmSync(folder, { recursive: true, force: true }))
  prepare(folder)
  const env = { ...process.env, AICQ_URL: url, AICQ_HOME: folder }
  const began = performance.now()
  const child = spawn('bash', ['-ec', line], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  // some go on with what others say
  opened.defer(async () => {
    if (child.exitCode === null) process.kill(-child.pid!, 'SIGTERM')
    await ended
  })
  let said = ''
  return await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += chunk
        if (/^(?:proven|.* proven|.*✔.*\n +)\s*hello/m.test(said)) resolve((performance.now() - began) / 1000)
      })
    ended.then(() => reject(new Error(`${name} did not read its message back:\n${said}`)))
  })
}

/** Seconds from an empty folder to the first own message read back, with each client and the command line: the best of some tries. */
export async function firstMessages(): Promise<Record<string, number>> {
  const figures: Record<string, number> = {}
  for (const beginning of beginnings) {
    const took: number[] = []
    while (took.length < (Math.min(...took) < most ? tries.usual : tries.slow)) took.push(await once(beginning))
    figures[beginning.name] = Math.round(Math.min(...took) * 100) / 100
  }
  return figures
}

export const isFast = (figures: Record<string, number>): boolean =>
  Object.values(figures).every((seconds) => seconds < most)

// node tools/clients/first-message.ts: the last line is the figures, in seconds.
if (import.meta.main) {
  await buildClients()
  const figures = await firstMessages()
  console.log(JSON.stringify(figures))
  process.exitCode = isFast(figures) ? 0 : 1
}
