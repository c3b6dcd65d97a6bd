import { createHash } from 'node:crypto'
import { mkdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartError } from '../start-error.ts'

/** The longest path of a Unix socket that every system takes, in bytes. */
const longestSocket = 107
export const port = 5432

/** The folder of the socket: the data's own, unless its path is too long for a socket. */
export function socketFolder(data: string): string {
  if (Buffer.byteLength(join(data, `.s.PGSQL.${port}.lock`)) <= longestSocket) return data
  return join(tmpdir(), `aicq-${createHash('sha256').update(data).digest('hex').slice(0, 16)}`)
}

/** Makes a socket folder outside the data that only `owner` may enter. */
export function makeSocketFolder(folder: string, owner: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = statSync(folder)
  if (process.platform !== 'win32' && (found.mode & 0o077 || ![owner, process.getuid?.()].includes(found.uid)))
    throw new StartError(`${folder}, where the socket of PostgreSQL would be, belongs to somebody else: remove it.`)
}

/** What PostgreSQL runs with: durable, small, quiet, and heard by nobody but this machine's server. */
export function postgresOptions(socket: string, windowsPort: number | undefined): string[] {
  const settings: Record<string, string> = {
    listen_addresses: windowsPort ? '127.0.0.1' : '',
    port: String(windowsPort ?? port),
    unix_socket_directories: windowsPort ? '' : socket,
    unix_socket_permissions: '0700',
    // what a 201 rests on
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // login managers remove shared memory of users who log out
    dynamic_shared_memory_type: windowsPort ? 'windows' : 'mmap',
    // small
    shared_buffers: '32MB',
    max_connections: '60',
    max_worker_processes: '2',
    max_parallel_workers: '0',
    max_parallel_workers_per_gather: '0',
    autovacuum_max_workers: '2',
    autovacuum_worker_slots: '2',
    io_method: 'sync',
    huge_pages: 'off',
    jit: 'off',
    // one machine, no replica; a backup needs more than the minimum of WAL
    wal_level: 'replica',
    max_wal_senders: '0',
    max_replication_slots: '2',
    max_wal_size: '512MB',
    checkpoint_timeout: '10min',
    // the file stays small, and holds no values of rows
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    timezone: 'UTC',
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

const roles = ['postgres', 'aicq_owner', 'aicq_server', 'aicq_pruner']

/** Who may connect: system users we know, by the socket alone; a password where there are no such sockets. */
export function accessFiles(users: readonly string[], windows: boolean): Record<string, string> {
  if (windows) return { 'pg_hba.conf': 'host all all 127.0.0.1/32 scram-sha-256\n', 'pg_ident.conf': '' }
  const names = [...new Set(users)].map((user) => `"${user.replaceAll('"', '""')}"`)
  return {
    'pg_hba.conf': 'local all all peer map=aicq\n',
    'pg_ident.conf': names.flatMap((user) => roles.map((role) => `aicq ${user} ${role}\n`)).join(''),
  }
}
