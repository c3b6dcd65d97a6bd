import { existsSync } from 'node:fs'
import { installPackage, notStarted } from './debian.ts'

const tool = '/usr/bin/promtool'

/** Puts Debian's `promtool` in its place, which reads rules and figures as Prometheus does. */
export function installPromtool(): string {
  if (!existsSync(tool)) installPackage('prometheus', 'Prometheus', notStarted)
  return tool
}
