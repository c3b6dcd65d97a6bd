import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** Runs chaos in a process of its own, and prints its verdict, and why if a promise was broken; whether all were kept. */
export async function tryChaos(minutes: number): Promise<boolean> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'run.ts'), String(minutes)])
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [verdict, why] = await Promise.all([text(child.stdout), text(child.stderr)])
  const isKept = (await code) === 0
  console.log(`${isKept ? '✔' : '✖'} chaos ${verdict.trim()}${isKept ? '' : `\n${why}`}`)
  return isKept
}
