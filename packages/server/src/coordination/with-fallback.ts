import type { Breaker } from './breaker.ts'
import type { Coordination } from './coordination.ts'

/**
 * Coordination by a shared store; while that is away, by what this server knows alone: limits count anew, wakes stay here, and others'
 * agents are not seen. What is said of blocks and of who is there goes to both, so that this server forgets nothing of its own.
 */
export function withFallback(shared: Coordination, own: Coordination, { ask }: Breaker): Coordination {
  const nothing = async () => {}
  const both = async (there: () => Promise<void>, here: () => Promise<void>) => {
    await Promise.all([here(), ask(there, nothing)])
  }
  return {
    take: (asks) =>
      ask(
        () => shared.take(asks),
        () => own.take(asks),
      ),
    enter: (asked) =>
      ask(
        async () => {
          const [here, there] = await Promise.all([own.enter({ ...asked, cost: 0 }), shared.enter(asked)])
          return { until: Math.max(here.until, there.until), taken: there.taken }
        },
        () => own.enter(asked),
      ),
    block: (address, until) =>
      both(
        () => shared.block(address, until),
        () => own.block(address, until),
      ),
    claimNonce: (agent, nonce, until) =>
      ask(
        () => shared.claimNonce(agent, nonce, until),
        () => own.claimNonce(agent, nonce, until),
      ),
    wake() {
      own.wake()
      shared.wake()
    },
    onWake: (run) => together(own.onWake(run), shared.onWake(run)),
    hold: (...of) =>
      both(
        () => shared.hold(...of),
        () => own.hold(...of),
      ),
    release: (...of) =>
      both(
        () => shared.release(...of),
        () => own.release(...of),
      ),
    say: (...of) =>
      both(
        () => shared.say(...of),
        () => own.say(...of),
      ),
    act: (...of) =>
      both(
        () => shared.act(...of),
        () => own.act(...of),
      ),
    forget: (agent) =>
      both(
        () => shared.forget(agent),
        () => own.forget(agent),
      ),
    attendances: (agents) =>
      ask(
        () => shared.attendances(agents),
        () => own.attendances(agents),
      ),
    onAttendance: (run) => together(own.onAttendance(run), shared.onAttendance(run)),
  }
}

const together = (one: () => void, other: () => void) => () => {
  one()
  other()
}
