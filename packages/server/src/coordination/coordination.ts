/** What the servers of one instance share besides the database. It may forget everything at any time: nothing then is lost or let in twice. */
export interface Coordination {
  /** Claims the nonce of a read until a time (ms); false if it is taken. Writes claim theirs in the database. */
  claimNonce(agent: string, nonce: string, until: number): Promise<boolean>
  /** Says that the log has grown: a hint without facts. */
  wake(): void
  /** Runs `run` after each wake, until the returned function is called. */
  onWake(run: () => void): () => void
}
