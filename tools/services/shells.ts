import { existsSync } from 'node:fs'
import { installPackage } from './debian.ts'

export const zsh = '/usr/bin/zsh'
export const fish = '/usr/bin/fish'

/** Puts the shells that the command line completes lines for in their place, if they are missing. */
export function installShells(): void {
  for (const path of [zsh, fish]) if (!existsSync(path)) installPackage(path.slice('/usr/bin/'.length), path)
}
