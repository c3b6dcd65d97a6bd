import { setTimeout as sleep } from 'node:timers/promises'

/** Runs `run` each `ms` milliseconds until `signal` aborts; failures are reported, and the next turn comes all the same. */
export async function every(
  ms: number,
  run: () => Promise<void>,
  failed: (cause: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(ms, undefined, { signal, ref: false }).catch(() => {})
    if (!signal.aborted) await run().catch(failed)
  }
}
