import { installTools } from '../clients/install.ts'
import { usesBrowser, usesPostgres, usesPrometheus, usesRedis, usesShells } from '../testing/files.ts'
import { installChromium } from './chromium.ts'
import { installFaketime } from './faketime.ts'
import { installPostgres } from './postgresql.ts'
import { installPromtool } from './prometheus.ts'
import { installRedis } from './redis.ts'
import { installShells } from './shells.ts'

/**
 * Installs what test files need of Debian's, and what else a whole run needs: here and one after the other, since it may take longer than a
 * test may, and Debian installs one package at a time.
 */
export function install(files: readonly string[], whole: boolean): void {
  for (const [isUsed, put] of [
    [files.some((file) => usesBrowser(file)), installChromium],
    [files.some((file) => usesRedis(file)), installRedis],
    [whole || files.some((file) => usesPostgres(file)), installPostgres],
    [files.some((file) => usesPrometheus(file)), installPromtool],
    [files.some((file) => usesShells(file)), installShells],
    [whole, installFaketime],
    [whole, installTools],
  ] as const)
    try {
      if (isUsed) put()
    } catch (cause) {
      console.error((cause as Error).message) // what needs it fails, and the rest goes on
    }
}
