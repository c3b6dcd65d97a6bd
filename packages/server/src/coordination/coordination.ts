/** What the servers of one instance share besides the database. It may forget everything at any time: nothing then is lost or let in twice. */
export interface Coordination extends Counting, Attending {
  /** Claims the nonce of a read until a time (ms); false if it is taken. Writes claim theirs in the database. */
  claimNonce(agent: string, nonce: string, until: number): Promise<boolean>
  /** Says that the log has grown: a hint without facts. */
  wake(): void
  /** Runs `run` after each wake, until the returned function is called. */
  onWake(run: () => void): () => void
}

/** Counts against limits, and keeps blocks. Calls that are made together may travel together. */
export interface Counting {
  /**
   * Takes from all these budgets, or from none where one of them has too little left; answers in the order of the asks. Those that
   * take are all of the same owner. Within any
   * `window` a budget never gives more than `max`; what was taken comes back after the window, and at most a twelfth of it later.
   */
  take(asks: readonly Ask[]): Promise<readonly Taken[]>
  /** Takes from a budget of an address, and says until when the address is blocked (ms; 0: it is not). */
  enter(ask: Ask): Promise<Entered>
  block(address: string, until: number): Promise<void>
}

export interface Entered {
  readonly until: number
  readonly taken: Taken
}

export interface Ask {
  /** Whose budget it is. */
  readonly of: string
  readonly key: string
  readonly max: number
  /** Seconds; always the same for a key. */
  readonly window: number
  /** 0 only looks; less gives back what was taken before. */
  readonly cost: number
}

export interface Taken {
  /** Whether there was enough, in this budget. */
  readonly enough: boolean
  readonly used: number
  /** Milliseconds until the cost would fit, if nothing else is taken; 0 where there was enough. */
  readonly wait: number
  /** Milliseconds until nothing is used, if nothing else is taken. */
  readonly reset: number
}

/** Knows who is there (spec/presence.md): agents for whom somebody answers. Once nobody does, nothing is known of them any more. */
export interface Attending {
  /** Answers for agents until a time (ms), as one of those who may do so. What is said of them counts for those not known yet. */
  hold(holder: string, agents: readonly Held[], until: number): Promise<void>
  /** Answers for an agent until a time (ms) at the latest. */
  release(holder: string, agent: string, until: number): Promise<void>
  /** Keeps what an agent says, as long as it is there. */
  say(agent: string, said: Said): Promise<void>
  /** Notes that an agent that is there has acted (ms). If it had done nothing for `quiet` ms, it is back since then. */
  act(agent: string, at: number, quiet: number): Promise<void>
  forget(agent: string): Promise<void>
  /** Those that are there, in any order. */
  attendances(agents: readonly string[]): Promise<readonly Attendance[]>
  /**
   * Runs `run` after agents came, were let go of, spoke, or were back, until the returned function is called: a hint without facts. That
   * nobody answers any more is not told.
   */
  onAttendance(run: (agents: readonly string[]) => void): () => void
}

export interface Held {
  readonly agent: string
  /** Since when it is there, or is back (ms). */
  readonly since: number
  /** When it acted last (ms). */
  readonly acted: number
}

export interface Said {
  readonly status?: string | undefined
  readonly busy: boolean
}

export interface Attendance extends Held, Said {
  /** Until when somebody answers for it (ms). */
  readonly until: number
}
