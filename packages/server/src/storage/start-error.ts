/** The server cannot start. The message is for its operator: what it is and what to do. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
