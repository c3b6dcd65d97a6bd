import { setTimeout as sleep } from 'node:timers/promises'
import { openAgents, openRetirement, readKey } from './agents/access.ts'
import { openNewcomers } from './agents/newcomers.ts'
import { serveAgents } from './agents/routes.ts'
import { keepAudit } from './audit/keep-audit.ts'
import { recordStart } from './audit/record-start.ts'
import { countRefusals } from './audit/refusals.ts'
import { serveAudit } from './audit/routes.ts'
import type { Config } from './config.ts'
import { openCoordination } from './coordination/open.ts'
import { serveDms } from './dms/routes.ts'
import { serveDocuments } from './documents/routes.ts'
import { cursors } from './events/cursor.ts'
import { follow } from './events/follow.ts'
import { groupCommit } from './events/group-commit.ts'
import { keepPartitions } from './events/keep-partitions.ts'
import { openLog } from './events/log.ts'
import { every } from './every.ts'
import { openAdmission } from './http/admit.ts'
import { openApp } from './http/app.ts'
import { ownNames } from './http/authority.ts'
import { openCalls } from './http/calls.ts'
import { serveEventStream } from './http/event-stream.ts'
import { listen } from './http/listen.ts'
import { servePagesOn } from './http/pages.ts'
import { serveRpc } from './http/rpc.ts'
import { serveOn } from './http/serve.ts'
import { serveWebOn } from './http/web.ts'
import { getStats } from './instance/get-stats.ts'
import { openInstanceKey } from './instance/key.ts'
import { serveInstance } from './instance/routes.ts'
import { readSecret } from './instance/secret.ts'
import { statistics } from './instance/statistics.ts'
import { serveInvitations } from './invitations/routes.ts'
import { serveKeyExchanges } from './keyexchange/routes.ts'
import { serveLeaving } from './leaving/routes.ts'
import { explainListening } from './listen-failure.ts'
import { openLogger } from './log.ts'
import { serveMcp } from './mcp/routes.ts'
import { openDelivered } from './messages/delivered.ts'
import { serveBatch, serveMessages } from './messages/routes.ts'
import { openMetrics } from './metrics.ts'
import { servePrekeys } from './prekeys/routes.ts'
import { openPresences } from './presence/access.ts'
import { servePresence } from './presence/routes.ts'
import { openReads } from './reads.ts'
import { openRealtime, serveEvents } from './realtime/routes.ts'
import { serveSocket } from './realtime/socket/serve-socket.ts'
import { openRoomKeys } from './rooms/keys.ts'
import { serveRooms } from './rooms/routes.ts'
import type { Server, ServerOptions } from './server-types.ts'
import { openDatabase } from './storage/database.ts'
import { prepareDatabase } from './storage/prepare.ts'
import { pruneAudit } from './storage/prune-audit.ts'
import { takeServingLock } from './storage/serving-lock.ts'
import { openTracing } from './tracing.ts'
import { openTurns } from './turns.ts'
import { upkeep } from './upkeep.ts'
import { version } from './version.ts'

/** Starts a server: database, then log, then features, then doors. Errors: `StartError`, one line for the operator. */
export async function startServer(config: Config, options: ServerOptions = {}): Promise<Server> {
  const { now = Date.now, log = openLogger(config.logLevel), gather } = options
  await using opened = new AsyncDisposableStack()
  const failed = Promise.withResolvers<Error>()
  const tracing = opened.use(await openTracing({ ...config, version }))

  // the database
  const database = opened.use(
    await openDatabase(config.databaseUrl, config.databaseOwnerUrl, config.databasePrunerUrl, config.dataDir),
  )
  const redis = config.redisUrls
  opened.use(await takeServingLock(database.serving, { several: redis.length > 0, onLost: failed.resolve }))
  const metrics = openMetrics(version, tracing !== undefined)
  const db = opened.use(
    await prepareDatabase(database, {
      poolSize: config.poolSize,
      statementTimeout: config.statementTimeout,
      connectTimeout: config.poolConnectTimeout,
      idleTimeout: config.poolIdleTimeout,
      lifetime: config.poolLifetime,
      timed: metrics.queried,
      retention: config.messageRetention * 1000,
      now: now(),
    }),
  )
  const replica = opened.use(
    openReads(config, db, { read: metrics.read, tell: (words) => log.warn(words) }, options.replicaPatience),
  )
  const eventRetention = config.eventRetention * 1000
  await keepPartitions(db, now(), eventRetention)

  // the log
  const { coordination, store } = opened.use(
    await openCoordination({ redis, now, timed: metrics.asked, tell: (words, err) => log.warn({ err }, words) }),
  )
  const events = openLog(db, now, coordination.wake, tracing)
  const committed = (posts: number, seconds: number) => {
    metrics.appended(posts, seconds)
    coordination.wake()
  }
  const append = groupCommit(db, now, committed, tracing)
  const secret = config.instanceSecret ?? (await readSecret(config.dataDir))
  const positions = cursors(secret, db.epoch)
  const instanceKey = await openInstanceKey(db, secret, now())
  if (instanceKey.replaced) log.warn('INSTANCE_SECRET does not open the instance key: a new one signs from now on')
  const refusals = countRefusals(db, now)

  // the doors
  const agents = openAgents(db)
  const keys = openRoomKeys(db)
  let port = config.port
  let url = ''
  let stopping = false
  let load = () => ({ connections: 0, waiting: 0 })
  const names = ownNames(config.publicUrls, () => port)
  const app = openApp({ ...config, log, answered: metrics.answered })
  const identification = {
    now,
    whoSigned: agents.whoSigned,
    isCurrent: agents.isCurrent,
    readKey,
    claimNonce: coordination.claimNonce,
    isOwnName: names.has,
    ownNames: names.rule,
    acceptV0: config.acceptV0Signatures,
  }
  const admission = openAdmission({
    ...config,
    now,
    counting: coordination,
    limited: metrics.limited,
    blocked: metrics.blocked,
    blocks: refusals.blocked,
    warn: (words) => log.warn(words),
  })
  const report = (err: unknown) => log.warn({ err }, 'work in the background failed and is tried again')
  const presences = openPresences({ attending: coordination, now, failed: report })
  const { handlerTimeout } = config
  const calls = openCalls({
    admission,
    isCurrent: agents.isCurrent,
    log,
    handlerTimeout,
    refused: refusals.refused,
    tracing,
    measured: metrics.measured,
    acted: presences.acted,
    wrote: replica.wrote,
  })
  const serving = { calls, identification, admission, v0Sunset: config.v0Sunset }
  const serve = serveOn(app, serving)
  serveRpc(app, calls, identification)
  const servePage = servePagesOn(app, handlerTimeout)

  // the features
  const background = new AbortController()
  const posting = { db, agents, keys, append, isOwnName: names.has, now, posted: metrics.posted }
  const retirement = openRetirement(secret)
  const newcomers = openNewcomers({ ...config, admin: config.adminAgent, secret, retirement, now })
  serveAgents(serve, { db, log: events, newcomers, retirement, registered: metrics.registered })
  serveInvitations(serve, db, events, config.adminAgent)
  serveRooms(serve, db, replica.reads, events, keys, config.messageRetention * 1000)
  const receipts = { now, maxMembers: config.receiptsMaxMembers }
  const delivered = opened.use(openDelivered(db, receipts, report))
  serveMessages(serve, db, replica.reads, events, positions, posting, config.adminAgent, metrics.searched, receipts)
  serveBatch(serve, calls)
  serveLeaving(
    serve,
    { db, log: events, agents, retirement, admin: config.adminAgent, erased: presences.forget, failed: report },
    () => url,
  )
  const dmRetention = config.dmRetention * 1000
  serveDms(serve, db, events, positions, { agents, isOwnName: names.has, retention: dmRetention, sent: metrics.sent })
  const turns = openTurns()
  const realtime = opened.use(
    openRealtime({
      db,
      cursors: positions,
      agents,
      keys,
      presences,
      now,
      eventRetention,
      dmRetention,
      receipts,
      delivered,
      turns,
      onWake: coordination.onWake,
      tracing,
      handedOut: (since) => metrics.delivered(now() - since),
      ended: metrics.ended,
      failed: report,
    }),
  )
  serveEvents(serve, (op, open) => serveEventStream(app, serving, op, open), realtime, background.signal)
  const { streams } = realtime
  const { holderOf } = agents
  const sockets = serveSocket(
    { ...config, ...serving, app, answered: metrics.answered, opening: turns(4), streams, presences, holderOf },
    background.signal,
  )
  serveMcp(serveWebOn(app), { ...config, ...serving, streams, holderOf, version, failed: report })
  streams.onAgent((agent, what) => void (what === 'erased' && presences.forget(agent).catch(report)))
  streams.onAgent(replica.changed)
  servePresence(serve, { attending: coordination, presences, agents, now })
  servePrekeys(serve, db, events, config.prekeyLifetime * 1000)
  serveKeyExchanges(serve, db, events, config.keyexchangeLifetime * 1000)
  serveAudit(serve, db, config.adminAgent, instanceKey.dids)
  serveInstance(
    serve,
    servePage,
    { db, store, now },
    { version, region: config.region, instance: config.instance, key: instanceKey.identity.did },
    () => stopping,
  )
  serveDocuments(
    servePage,
    {
      version,
      url: () => url,
      retention: config.messageRetention,
      limitOf: ({ name }) => config.limits.operations[name],
      privacy: config,
    },
    () => getStats(db, now()),
  )
  const standing = () => ({
    pool: db.load(),
    listener: load(),
    ...realtime.standing(),
    sockets: sockets.size(),
    store: store?.state,
    behind: replica.behind(),
  })
  servePage(metrics.page(db, standing, gather))

  // an agent's id stands as such alone
  const set = { ...config.given, ...(config.adminAgent && { ADMIN_AGENT_ID: 'set' }) }
  const unrecorded = await recordStart(db, now(), {
    ...(config.adminAgent && { subject: config.adminAgent }),
    details: { version, settings: set },
  })

  // what happens later
  const later = Promise.all([
    follow(db, statistics, coordination.onWake, report, background.signal),
    every(1_000, presences.sweep, report, background.signal),
    upkeep(db, { now, eventRetention, failed: report }, background.signal),
    every(3_600_000, () => pruneAudit(database.pruning, config.auditRetention), report, background.signal),
    keepAudit(
      db,
      {
        now,
        instance: instanceKey.identity,
        refusals,
        unrecorded,
        interval: config.auditCheckpoints * 1000,
        signed: (checkpoint) => log.info({ checkpoint }, 'audit checkpoint'),
        failed: report,
      },
      background.signal,
    ),
  ])
  opened.defer(async () => {
    background.abort()
    await later
  })

  const { host } = config
  const finish = () => streams.finish().finally(sockets.finish)
  const listener = await listen(app, host, config.port, config.stopTimeout, finish).catch((error) => {
    throw explainListening(error, host, config.port)
  })
  port = listener.port
  load = listener.load
  url = config.publicUrls[0]?.origin ?? `http://${host === '::' ? 'localhost' : host}:${port}`
  opened.defer(listener.stop)
  opened.defer(() => {
    stopping = true
    return sleep(config.stopDelay)
  })
  const closing = opened.move()
  return {
    port,
    url,
    data: database.location,
    notes: database.notes,
    failed: failed.promise,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}
