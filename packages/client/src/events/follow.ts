import { AicqError } from '../errors.ts'
import { pause } from '../transport.ts'
import { Broken, type Link, type Told, type Wanted } from './link.ts'

/** Failures in a row after which another way is tried. */
const enough = 2

/**
 * Milliseconds: until the first return after a loss, and before a second try where nothing was open yet, both at random from 0 and
 * doubled with each failure, up to the most; and for how long a server may ask us to wait before anything was open.
 */
const waits = { lost: 2_000, opening: 250, most: 20_000, first: 90_000 } as const

/** Milliseconds after which the best way is tried again, and to which that grows as it keeps failing. */
const better = { first: 60_000, most: 600_000 } as const

export interface Following {
  /** Ways, the best first. */
  readonly links: readonly Link[]
  readonly wanted: Wanted
  /** Where to begin; left out: now. */
  readonly cursor?: string | undefined
  readonly signal: AbortSignal
}

/**
 * What happens, once and in order, over whichever way is open; ways that break are opened again where they broke off. Errors: what coming
 * back does not mend (`resync_required`, `room_not_found`, `key_revoked`), and, before anything could be opened, that nothing could be.
 */
export async function* follow({
  links,
  wanted,
  cursor: start,
  signal,
}: Following): AsyncGenerator<Told, void, undefined> {
  let cursor = start
  let at = 0
  let failures = 0
  let here = 0
  let wasOpen = false
  let again = better.first as number
  while (true) {
    signal.throwIfAborted()
    let isLive = false
    let since = performance.now()
    let run = links[at]!(wanted, cursor, signal)
    try {
      for (let next = await run.next(); !next.done; next = await run.next()) {
        // a way that opens and brings nothing may be one that is cut off each time
        if (isLive) failures = here = 0
        isLive = wasOpen = true
        cursor = next.value.cursor
        yield next.value
        if (at === 0 || performance.now() - since < again) continue
        const best = links[0]!(wanted, cursor, signal)
        const first = await best.next().catch(() => undefined)
        if (!first || first.done) {
          again = Math.min(again * 2, better.most)
          since = performance.now()
          continue
        }
        await run.return()
        run = best
        at = 0
        again = better.first
        cursor = first.value.cursor
        yield first.value
      }
    } catch (error) {
      signal.throwIfAborted()
      const comeBack = whenToComeBack(error)
      if (!comeBack || (!wasOpen && comeBack.least > waits.first)) throw error
      failures++
      here++
      const isAsked = error instanceof Broken && error.comeBack === 'later'
      if (!isAsked && (here >= enough || (comeBack.isBlocked && !isLive))) {
        at = (at + 1) % links.length
        here = 0
        if (at === 0 && !wasOpen) throw error instanceof AicqError ? error : unreachable(error)
      }
      const base = wasOpen ? waits.lost : waits.opening
      await pause(comeBack.least + Math.random() * Math.min(base * 2 ** (failures - 1), waits.most), signal)
    } finally {
      await run.return().catch(() => {})
    }
  }
}

/** Milliseconds to wait at least, where coming back can help. */
function whenToComeBack(error: unknown): { least: number; isBlocked: boolean } | undefined {
  if (error instanceof Broken)
    return { least: error.comeBack === 'later' ? 30_000 + Math.random() * 30_000 : 0, isBlocked: error.isBlocked }
  if (!(error instanceof AicqError)) return undefined
  const { code, retryable, problem } = error
  if (code === 'bad_reply') return { least: 0, isBlocked: true }
  return retryable ? { least: Number(problem.retry_after ?? 0) * 1000, isBlocked: false } : undefined
}

const unreachable = (cause: unknown) =>
  new AicqError(
    'unreachable',
    `no stream of events could be opened: ${(cause as Error).message}`,
    { retryable: true, status: 0 },
    { cause },
  )

/** What `work` gives, however often it has to be done until then. Errors: those that coming back does not mend. */
export async function insist<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let failures = 0; ; failures++)
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      const comeBack = whenToComeBack(error)
      if (!comeBack) throw error
      await pause(comeBack.least + Math.random() * Math.min(waits.lost * 2 ** failures, waits.most), signal)
    }
}
