import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { installPackage } from './debian.ts'

const executablePath = '/usr/bin/chromium'

/** Puts Debian's Chromium in its place, if it is missing. */
export function installChromium(): void {
  if (!existsSync(executablePath)) installPackage('chromium', 'Chromium')
}

/** Debian's Chromium without a window; disposing of it ends it. */
export function startChromium(): Promise<Browser> {
  installChromium()
  return chromium.launch({ executablePath, args: ['--no-sandbox'] }) // root has no sandbox, and only our pages are opened
}
