import type pg from 'pg'

/** Who works in the database: the superuser of the start, the owner of the tables, who serves, and who prunes the audit. */
export type Role = 'postgres' | 'aicq_owner' | 'aicq_server' | 'aicq_pruner'

/** A PostgreSQL that runs on this machine. */
export interface Cluster {
  /** Folder of the Unix socket; 127.0.0.1 where there are none. */
  readonly host: string
  readonly port: number
  readonly password?: string
}

export function connection({ host, port, password }: Cluster, role: Role, database: string): pg.ClientConfig {
  return { host, port, user: role, database, ...(password === undefined ? {} : { password }) }
}
