import { startClusterPostgres } from '../../tools/cluster/postgres.ts'
import { startRedis } from '../../tools/services/redis.ts'
import { diskFolder, type ServedProcess, serve } from '../../tools/testing/served.ts'

/** Servers of one PostgreSQL and one Redis, without anything between them. `environment`: further settings of each. */
export async function startNodes(
  count: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<AsyncDisposable & { readonly nodes: readonly ServedProcess[] }> {
  await using opened = new AsyncDisposableStack()
  const postgres = opened.use(await startClusterPostgres())
  const redis = opened.use(await startRedis())
  const [folder, port] = postgres.socket.split('/.s.PGSQL.')
  const database = (role: string) => `postgres://aicq_${role}@${encodeURIComponent(folder!)}:${port}/aicq`
  const nodes: ServedProcess[] = []
  for (let n = 0; n < count; n++) {
    const data = opened.use(diskFolder())
    const settings = {
      DATABASE_URL: database('server'),
      DATABASE_OWNER_URL: database('owner'),
      DATABASE_PRUNER_URL: database('pruner'),
      REDIS_URL: redis.url,
      INSTANCE_SECRET: 'c1'.repeat(32),
      ...environment,
    }
    nodes.push(opened.use(await serve(data.path, { environment: settings })))
  }
  const closing = opened.move()
  return { nodes, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}
