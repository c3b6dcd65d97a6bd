/** Settings of a server in a test: a busy machine may hold up anything for longer than an operator would have it. */
export const patience = {
  HANDLER_TIMEOUT: '60000',
  STATEMENT_TIMEOUT: '60000',
  DATABASE_CONNECT_TIMEOUT: '60000',
  STOP_TIMEOUT: '60000',
}
