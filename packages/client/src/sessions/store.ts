/**
 * Where an installation keeps the state of its sessions (spec/encryption.md#sessions): texts under names of letters, digits and `-`. Whoever
 * can read it can write in the agent's sessions. Files: `fileDmStore` of `@aicq/client/node`.
 */
export interface DmStore {
  /**
   * Runs `work` while nobody else works with this store, in this program or another. Errors: `state_in_use` when it did not become free in
   * time.
   */
  exclusively<T>(work: (kept: Kept) => Promise<T>): Promise<T>
}

/** What is kept, for as long as the work lasts to which it was given. */
export interface Kept {
  read(name: string): Promise<string | undefined>
  /** Makes all changes or none, for good when it returns; `undefined` erases. */
  write(changes: Readonly<Record<string, string | undefined>>): Promise<void>
  names(): Promise<string[]>
}

/** Gives turns, in the order in which they were asked for. */
export function openTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }
}

/** Keeps state for as long as the program runs: for what begins anew each time, as a page in a browser or a test does. */
export function memoryDmStore(): DmStore {
  const texts = new Map<string, string>()
  const inTurn = openTurns()
  const kept: Kept = {
    read: async (name) => texts.get(name),
    async write(changes) {
      for (const [name, text] of Object.entries(changes))
        if (text === undefined) texts.delete(name)
        else texts.set(name, text)
    },
    names: async () => [...texts.keys()],
  }
  return { exclusively: (work) => inTurn(() => work(kept)) }
}
