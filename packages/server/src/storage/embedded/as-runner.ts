import type { Runner } from './user.ts'

/**
 * Works on files as the user who runs PostgreSQL. Root would follow a link that this user made, and so write wherever the user
 * likes. Start no program inside: it would keep root as its real user.
 */
export function asRunner<T>({ identity }: Runner, work: () => T): T {
  if (!identity) return work()
  process.setegid!(identity.gid)
  process.seteuid!(identity.uid)
  try {
    return work()
  } finally {
    process.seteuid!(0)
    process.setegid!(0)
  }
}
