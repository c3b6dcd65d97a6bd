import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { installPackage } from '../services/debian.ts'

const has = (path: string) => () => existsSync(path)
const says = (program: string, ...args: string[]) => spawnSync(program, args, { encoding: 'utf8' })

/** Whether there is a Go that is new enough, or gets by itself one that is. */
export function hasGo(): boolean {
  const [, minor] = /go1\.(\d+)/.exec(says('go', 'version').stdout ?? '') ?? []
  return Number(minor ?? 0) >= 21
}

/** What the clients in other languages are built and tested with: whether it is there, Debian's name for it, and ours. */
const tools: readonly (readonly [() => boolean, string, string])[] = [
  [has('/usr/bin/shellcheck'), 'shellcheck', 'shellcheck'],
  [has('/usr/bin/jq'), 'jq', 'jq'],
  [has('/usr/bin/curl'), 'curl', 'curl'],
  [() => says('python3', '-c', 'import ensurepip, venv').status === 0, 'python3-venv', 'Python 3 with venv'],
  [has('/usr/bin/gcc'), 'gcc libc6-dev', 'A C compiler, for the race detector'],
  // too old itself, but it fetches the one that is asked for
  [() => hasGo() || existsSync('/usr/bin/go'), 'golang-go', 'Go 1.23'],
]

/** Puts in its place what is missing. */
export function installTools(): void {
  for (const [isThere, name, title] of tools) if (!isThere()) installPackage(name, title)
}
