import { join } from 'node:path'
import { type DmStore, openTurns } from '../sessions/store.ts'
import { openFiles } from './files.ts'
import { lockFolder } from './lock.ts'

/**
 * Keeps the state of an installation in a folder, which is made if there is none: for one agent, on one machine, and never to be copied
 * or restored from a backup. Several programs may use it: they take turns, so that no two hold a ratchet. State is on disk before what it
 * belongs to is sent or acknowledged.
 */
export function fileDmStore(folder: string): DmStore {
  const inTurn = openTurns()
  return {
    exclusively: (work) =>
      inTurn(async () => {
        const unlock = await lockFolder(join(folder, 'lock'))
        try {
          return await work(await openFiles(folder))
        } finally {
          await unlock()
        }
      }),
  }
}
