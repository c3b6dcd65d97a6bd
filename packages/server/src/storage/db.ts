/** The one door to PostgreSQL. Every statement is prepared once per connection, so texts are literals, never built. */
export interface Db {
  /** Runs one statement. A database that cannot answer just now gives `unavailable`; other failures come as they are. */
  query<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** Runs `work` in one transaction; a nested call joins the outer one. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>
}

/** Does a read that may be a moment old, for an agent or for nobody: where it is done is decided here (replica.ts). */
export type Reads = <T>(agent: string | undefined, work: (db: Db) => Promise<T>) => Promise<T>

/** The SQLSTATE of a failure that PostgreSQL reported. */
export function sqlState(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string') return undefined
  return /^(?=.*\d)[0-9A-Z]{5}$/.test(cause.code) ? cause.code : undefined
}
