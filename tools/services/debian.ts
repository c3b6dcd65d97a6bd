import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Before the installation of a package: the service that comes with it is not started. */
export const notStarted = `[ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d; trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }`

/** Installs a package of Debian's. Throws with what to do where that cannot be done. `before`: a shell script that goes first. */
export function installPackage(name: string, title: string, before = ''): void {
  const may = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (!may) throw new Error(`${title} is missing. Install it with: sudo apt-get install ${name}`)
  console.log(`Installing ${name} ...`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const script = `set -e; ${before}
    apt-get update -qq; apt-get install -y -qq --no-install-recommends ${name}`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`apt-get could not install ${name}:\n${stdout}\n${stderr}`)
}
