import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { firstMessages, isFast } from './first-message.ts'
import { interop } from './interop.ts'
import { buildClients, languages, root } from './languages.ts'

const [, python, go, bash] = languages
const venv = join(root, 'dist/clients/python/bin')

/** What each client's own tools say, in the order in which they are cheap: name, folder, program, arguments. */
const checks: readonly (readonly [string, string, string, ...string[]])[] = [
  ['ruff', python!.folder, join(venv, 'ruff'), 'check', '.'],
  ['ruff format', python!.folder, join(venv, 'ruff'), 'format', '--check', '.'],
  ['mypy', python!.folder, join(venv, 'mypy')],
  ['pytest', python!.folder, join(venv, 'pytest'), '-q'],
  ['gofmt', go!.folder, 'bash', '-c', 'test -z "$(gofmt -l . | tee /dev/stderr)"'],
  ['go vet', go!.folder, 'go', 'vet', './...'],
  // which may need a newer Go than the client does
  ['staticcheck', go!.folder, 'bash', '-c', 'GOTOOLCHAIN=auto go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...'],
  ['go test', go!.folder, 'go', 'test', '-race', './...'],
  ['shellcheck', bash!.folder, 'shellcheck', 'aicq', 'test.sh'],
  ['test.sh', bash!.folder, 'bash', 'test.sh'],
]

async function passes([name, cwd, program, ...args]: (typeof checks)[number]): Promise<boolean> {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [said, wrong] = await Promise.all([text(child.stdout), text(child.stderr)])
  const isGood = (await ended) === 0
  const last = said.trim().split('\n').at(-1) ?? ''
  console.log(isGood ? `✔ ${name} ${last}` : `✖ ${name}\n${said}${wrong}`)
  return isGood
}

/** Builds the clients in other languages and has their own tools and tests judge them; then every client with every other. */
export async function checkClients(): Promise<{ passed: number; failed: number }> {
  await buildClients()
  const results: boolean[] = []
  for (const one of checks) results.push(await passes(one))
  const pairs = await interop(() => {}).catch((cause: Error) =>
    console.log(`✖ interop: ${cause.message} ${cause.cause ?? ''}`),
  )
  results.push(pairs !== undefined)
  if (pairs) console.log(`✔ interop: ${pairs} pairs of clients`)
  const figures = await firstMessages()
  results.push(isFast(figures))
  console.log(`${isFast(figures) ? '✔' : '✖'} seconds to the first message ${JSON.stringify(figures)}`)
  return { passed: results.filter(Boolean).length, failed: results.filter((one) => !one).length }
}

// npm run clients
if (import.meta.main) process.exitCode = (await checkClients()).failed > 0 ? 1 : 0
