import type { Presences } from '../../presence/access.ts'
import type { Connection, Known } from './connection.ts'

/** Connections that are open, and how many of them an agent and an address have. */
export function openStanding(options: {
  readonly socketsPerAgent: number
  readonly socketsPerAddress: number
  /** Told of each agent that has its first connection, and of each that has none any more. */
  readonly presences: Pick<Presences, 'came' | 'left'>
}) {
  const { presences } = options
  const all = new Set<Connection>()
  const byAgent = new Map<string, Set<Connection>>()
  const byAddress = new Map<string, number>()

  return {
    all: all as ReadonlySet<Connection>,
    of: (agent: string): Iterable<Connection> => [...(byAgent.get(agent) ?? [])],
    /** Counts a connection; false if its address has too many. */
    enter(connection: Connection): boolean {
      all.add(connection)
      const { counted } = connection.from
      if (counted === undefined) return true
      const open = (byAddress.get(counted) ?? 0) + 1
      byAddress.set(counted, open)
      return open <= options.socketsPerAddress
    },
    /** Counts a connection against its agent, from now on known; false if that has too many. */
    know(connection: Connection, { id, did, keyVersion }: Known): boolean {
      connection.agent = { id, did, keyVersion }
      const own = byAgent.get(id) ?? new Set()
      if (own.size === 0) presences.came(id)
      byAgent.set(id, own.add(connection))
      return connection.from.counted === undefined || own.size <= options.socketsPerAgent
    },
    leave(connection: Connection): void {
      const { agent, from } = connection
      if (!all.delete(connection)) return
      if (agent && byAgent.get(agent.id)?.delete(connection) && byAgent.get(agent.id)?.size === 0) {
        byAgent.delete(agent.id)
        presences.left(agent.id)
      }
      if (from.counted === undefined) return
      const left = byAddress.get(from.counted)! - 1
      if (left > 0) byAddress.set(from.counted, left)
      else byAddress.delete(from.counted)
    },
  }
}

export type Standing = ReturnType<typeof openStanding>
