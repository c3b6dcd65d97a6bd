import { postgresUrl } from './setting-values.ts'
import { text, whole, withoutPassword } from './settings.ts'
import { StartError } from './storage/start-error.ts'

/** How the server reaches PostgreSQL. */
export const databaseSettings = {
  databaseUrl: text({
    env: 'DATABASE_URL',
    allowed: 'a postgres:// or postgresql:// URL',
    concealed: withoutPassword,
    read: postgresUrl,
    shown: 'the embedded PostgreSQL',
    meaning:
      'PostgreSQL 15 or newer to use instead of the embedded one. One server for a database, or several with REDIS_URL.',
  }),
  databaseOwnerUrl: text({
    env: 'DATABASE_OWNER_URL',
    allowed: 'a postgres:// or postgresql:// URL',
    concealed: withoutPassword,
    read: postgresUrl,
    shown: 'DATABASE_URL',
    meaning:
      'Who makes and changes the tables; the role of DATABASE_URL then needs no more than to read and write rows.',
  }),
  databasePrunerUrl: text({
    env: 'DATABASE_PRUNER_URL',
    allowed: 'a postgres:// or postgresql:// URL',
    concealed: withoutPassword,
    read: postgresUrl,
    shown: 'DATABASE_OWNER_URL',
    meaning: 'Who forgets audit entries older than AUDIT_RETENTION: a role that needs no right but to connect.',
  }),
  databaseReplicaUrl: text({
    env: 'DATABASE_REPLICA_URL',
    allowed: 'a postgres:// or postgresql:// URL',
    concealed: withoutPassword,
    read: postgresUrl,
    shown: 'none',
    meaning:
      'A streaming replica of DATABASE_URL that answers histories, searches and lists of rooms while it is at most 2 s behind and has what the caller wrote.',
  }),
  poolSize: whole({
    env: 'DATABASE_POOL_SIZE',
    min: 2,
    max: 200,
    fallback: 10,
    meaning: 'Connections to PostgreSQL at most.',
  }),
  poolConnectTimeout: whole({
    env: 'DATABASE_CONNECT_TIMEOUT',
    min: 100,
    max: 60_000,
    fallback: 5_000,
    unit: 'ms',
    meaning: 'How long a call waits for a connection to PostgreSQL; then 503.',
  }),
  poolIdleTimeout: whole({
    env: 'DATABASE_IDLE_TIMEOUT',
    min: 1,
    max: 86_400,
    fallback: 60,
    unit: 's',
    meaning: 'How long a connection to PostgreSQL that nobody uses stays open.',
  }),
  poolLifetime: whole({
    env: 'DATABASE_CONNECTION_LIFETIME',
    min: 0,
    max: 86_400,
    fallback: 3_600,
    unit: 's',
    meaning:
      'After how long a connection to PostgreSQL is replaced, so that servers find their way after a fail-over behind a name; 0: never.',
  }),
}

/** Refuses a database on another machine without TLS. Errors: `StartError`. */
export function refuseOpenConnection(text: string): void {
  const { hostname, searchParams } = new URL(text)
  // the driver prefers the host of the query
  const host = searchParams.get('host') || decodeURIComponent(hostname)
  const near = /^($|\/|localhost$|127(\.\d{1,3}){3}$|\[?::1\]?$)/.test(host)
  const mode = searchParams.get('sslmode')
  const ssl = ['1', 'true'].includes(searchParams.get('ssl') ?? '')
  const closed = mode === null ? ssl : ['require', 'verify-ca', 'verify-full'].includes(mode)
  if (!closed && !near)
    throw new StartError(
      'In production the database is spoken to by TLS: add sslmode=verify-full to its URL. A loopback address or a socket needs none.',
    )
}
