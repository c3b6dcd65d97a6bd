import { setTimeout as sleep } from 'node:timers/promises'
import { eventsAfter, logPosition } from '../events/events.sql.ts'
import type { Db } from '../storage/db.ts'
import type { Tracing } from '../tracing.ts'
import { openAudience } from './audience.ts'
import type { Entry } from './entry.ts'
import type { Render } from './render.ts'
import { openRing, type Ring } from './ring.ts'
import { openShared } from './shared.ts'

export interface FeedOptions {
  readonly db: Db
  readonly render: Render
  onWake(run: () => void): () => void
  readonly tracing: Tracing | undefined
  /** Told when something went out, with when (ms) the oldest of it had been committed. */
  handedOut(since: number): void
  /** Told of a failure; what failed is tried again. */
  failed(cause: unknown): void
}

/** Events that are read and rendered at once. */
const batch = 128
/** What is kept in memory for readers that are not far behind. */
const kept = { events: 20_000, bytes: 16 * 1024 * 1024 }
/** How far back the feed begins for its first reader: when a server was started, all come back at once. */
const backThen = 5_000
/** Milliseconds for which it goes on after its last reader has left. */
const patience = 60_000
/** Milliseconds between looks when no wake comes: a hint may be lost. */
const poll = 1_000
/** Milliseconds after a batch, so that a busy log is followed in larger steps. */
const breath = 5

/**
 * The fan-out follower: reads what was committed in batches, makes each event once, and hands it to everybody who is to get it. While
 * nobody reads, it sleeps.
 */
export function openFeed({ db, render, onWake, tracing, handedOut, failed }: FeedOptions) {
  const ring = openRing(kept)
  const audience = openAudience()
  const told = new Set<(agent: string, what: 'key_changed' | 'erased', entry: Entry) => void>()
  const ending = new AbortController()
  let newest: { pos: number; cursor: string } | undefined
  let woken = Promise.withResolvers<void>()
  const stopListening = onWake(() => woken.resolve())
  let step: Promise<boolean> | undefined
  let readers = 0
  let leftAt = Number.NEGATIVE_INFINITY
  let isAwake = false

  /** One batch; true if there may be more. Two who ask for one wait for the same. */
  function next(): Promise<boolean> {
    step ??= read().finally(() => {
      step = undefined
    })
    return step
  }

  async function read(): Promise<boolean> {
    const events = await eventsAfter(db, ring.end, batch)
    if (events.length === 0) return false
    const began = Date.now()
    const entries = await render(events)
    forgetGone(ring, entries)
    ring.push(entries)
    await audience.tell(entries)
    newest = entries.at(-1) // and not before everybody has it
    handedOut(entries[0]!.at)
    if (tracing)
      for (const { trace, pos } of entries) if (trace) tracing.tell('deliver', trace, began, { 'aicq.position': pos })
    for (const entry of entries) {
      const what = entry.type === 'agent.key_changed' ? 'key_changed' : 'erased'
      if (entry.type === `agent.${what}`) for (const tell of told) tell(entry.agent!, what, entry)
    }
    return events.length === batch
  }

  async function follow(): Promise<void> {
    const { signal } = ending
    while (!signal.aborted) {
      woken = Promise.withResolvers()
      const more = await (isUsed() ? wakeUp().then(next) : sleepOn()).catch((cause) => {
        if (!signal.aborted) failed(cause)
        return false
      })
      await pause(breath, signal)
      if (!more) await Promise.race([woken.promise, pause(poll, signal)])
    }
  }

  const isUsed = () => readers > 0 || performance.now() < leftAt + patience

  async function wakeUp(): Promise<void> {
    if (isAwake) return
    const { pos } = await logPosition(db)
    if (pos - backThen > ring.end) ring.begin(pos - backThen)
    isAwake = true
  }

  async function sleepOn(): Promise<false> {
    isAwake = false
    return false
  }

  const following = follow()

  return {
    ring,
    audience,
    shared: openShared(),
    /** Where the feed is, as a cursor; nothing before its first event. */
    newest: () => newest,
    /** Where it is; nothing while it sleeps. */
    position: () => (isAwake ? ring.end : undefined),
    /** Keeps it awake until the returned function is called. */
    hold(): () => void {
      if (readers++ === 0) woken.resolve()
      return () => {
        if (--readers === 0) leftAt = performance.now()
      }
    },
    /** Until everything is told that has been committed now. */
    async catchUp(): Promise<void> {
      if (readers === 0) return
      await wakeUp()
      const { pos } = await logPosition(db)
      do await next()
      while (ring.end < pos)
    },
    onAgent(tell: (agent: string, what: 'key_changed' | 'erased', entry: Entry) => void): () => void {
      told.add(tell)
      return () => told.delete(tell)
    },
    async close(): Promise<void> {
      ending.abort()
      stopListening()
      woken.resolve()
      await following
    },
  }
}

export type Feed = ReturnType<typeof openFeed>

/** What a batch takes back is taken out of memory too; where rooms hide more than before, everything is. */
function forgetGone(ring: Ring, entries: readonly Entry[]): void {
  const deleted = new Set(entries.flatMap(({ type, ref }) => (/^(message|dm)\.deleted$/.test(type) ? [ref] : [])))
  const erased = new Set(entries.flatMap(({ type, agent }) => (type === 'agent.erased' ? [agent!] : [])))
  if (deleted.size > 0)
    ring.forget(({ type, ref }) => /^(message\.created|dm\.received|dm\.sent)$/.test(type) && deleted.has(ref))
  if (erased.size > 0 || entries.some(({ type }) => /^room\.(updated|closed)$/.test(type))) ring.clear()
}

const pause = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal, ref: false }).catch(() => {})
