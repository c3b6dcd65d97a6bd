// Installs what package-lock.json names, if it is not installed yet. Plain JavaScript: it runs on whatever Node the machine has.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = `${root}node_modules/.installed`
const wanted = createHash('sha256')
  .update(`${process.platform} ${process.arch} `)
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex')

const installed =
  existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(`${root}node_modules/.bin/node`)
if (!installed) {
  console.error('Installing what AICQ needs (once) ...')
  const npm = process.env.npm_execpath
  const [command, ...before] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm']
  // the scripts of these two put a Node 24 and the links of PostgreSQL's libraries in their place
  const { status, stdout, stderr, error } = spawnSync(
    command,
    [...before, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'],
    {
      cwd: root,
      encoding: 'utf8',
      shell: process.platform === 'win32',
      env: { ...process.env, NODE_ENV: 'development' },
    },
  )
  if (status !== 0) {
    console.error(error?.message ?? `${stdout}\n${stderr}`)
    console.error('npm ci failed. Is the registry reachable, and may you write in this folder?')
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
}
