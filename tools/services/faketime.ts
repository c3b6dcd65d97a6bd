import { globSync } from 'node:fs'
import { installPackage } from './debian.ts'

const find = () => globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0]

/** Puts the library in its place, if it is missing. */
export function installFaketime(): void {
  if (!find()) installPackage('faketime', 'libfaketime')
}

/** The environment in which a program's clock is this machine's, plus what stands in a file (`+1.5s`), looked up once a second. */
export function clockFrom(file: string): Record<string, string> {
  installFaketime()
  return {
    LD_PRELOAD: find()!,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
}
