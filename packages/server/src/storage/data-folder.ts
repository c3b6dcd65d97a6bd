import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { StartError } from './start-error.ts'

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'may not be written by the user who starts the server',
  EPERM: 'may not be written by the user who starts the server',
  EROFS: 'is on a read-only file system',
  ENOTDIR: 'is or goes through what is no folder',
  ENOENT: 'cannot be made',
}

/** Makes the folder of the data if it is not there. Errors: `StartError` if it cannot be made, is none, or may not be written. */
export function makeDataFolder(path: string): void {
  try {
    makeFolders(resolve(path))
    if (!statSync(path).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' })
    accessSync(path, constants.W_OK | constants.X_OK)
  } catch (error) {
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
    if (!reason) throw error
    throw new StartError(`DATA_DIR=${path} ${reason}: set DATA_DIR to a folder that this user may write.`)
  }
}

/** Each by itself: for a folder below /proc the recursive mkdir of Node tries for ever. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return
  makeFolders(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // else another first start was faster
  }
}
