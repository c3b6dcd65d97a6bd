import { whole } from './settings.ts'

/** Every wait has a limit: for requests, for answers, for the database, for idle connections, for the end. */
export const timeLimits = {
  headersTimeout: whole({
    env: 'HEADERS_TIMEOUT',
    min: 100,
    max: 600_000,
    fallback: 10_000,
    unit: 'ms',
    meaning: "How long a request's headers may take to arrive.",
  }),
  requestTimeout: whole({
    env: 'REQUEST_TIMEOUT',
    min: 100,
    max: 600_000,
    fallback: 15_000,
    unit: 'ms',
    meaning: 'How long a whole request may take to arrive.',
  }),
  handlerTimeout: whole({
    env: 'HANDLER_TIMEOUT',
    min: 100,
    max: 600_000,
    fallback: 10_000,
    unit: 'ms',
    meaning:
      'How long the server may take to answer; then 503. An export, once begun, goes on for as long as it is read.',
  }),
  statementTimeout: whole({
    env: 'STATEMENT_TIMEOUT',
    min: 100,
    max: 60_000,
    fallback: 5_000,
    unit: 'ms',
    meaning:
      'How long a database statement may take; between those of one transaction there may be a fifth of it, or a second if that is more.',
  }),
  idleTimeout: whole({
    env: 'IDLE_TIMEOUT',
    min: 1_000,
    max: 600_000,
    fallback: 60_000,
    unit: 'ms',
    meaning: 'How long a connection on which nothing moves stays open.',
  }),
  stopDelay: whole({
    env: 'STOP_DELAY',
    min: 0,
    max: 600_000,
    fallback: 0,
    unit: 'ms',
    meaning:
      'How long a stop goes on as before, but for /health/ready, which says no: as long as a load balancer takes to hear it.',
  }),
  stopTimeout: whole({
    env: 'STOP_TIMEOUT',
    min: 0,
    max: 600_000,
    fallback: 8_000, // less than the 10 s after which `docker stop` kills
    unit: 'ms',
    meaning: 'How long a stop waits for requests that have been accepted; then connections are cut.',
  }),
}
