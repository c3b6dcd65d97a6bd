import { randomBytes } from 'node:crypto'
import { ProtocolError, sessions, sizes } from '@aicq/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import { serveUpgrade, type Upgrade, type UpgradeOptions } from '../../http/upgrade.ts'
import type { Presences } from '../../presence/access.ts'
import { Connection } from './connection.ts'
import { notification } from './frames.ts'
import { keepBeating } from './heartbeat.ts'
import type { MethodOptions } from './methods.ts'
import { NamedSocket } from './named-socket.ts'
import { checkOpening, subprotocol } from './origins.ts'
import { takeFrame } from './receiving.ts'
import { openStanding } from './standing.ts'

export interface SocketOptions extends UpgradeOptions, Omit<MethodOptions, 'standing'> {
  readonly allowedOrigins: readonly string[]
  readonly socketsPerAgent: number
  readonly socketsPerAddress: number
  readonly presences: Presences
}

/** Milliseconds for the other ends to say good-bye when the server stops. */
const farewell = 2_000

function challenge(connection: Connection): void {
  const challenge = randomBytes(32).toString('base64url')
  connection.challenge = challenge
  connection.ws.send(notification('session.challenge', { challenge, at: connection.from.at }))
}

/** Serves every operation, and streams, on WebSockets (spec/realtime.md#socket). `signal`: ends the heartbeat. */
export function serveSocket(options: SocketOptions, signal: AbortSignal) {
  const { identification, streams } = options
  const standing = openStanding(options)
  const methods: MethodOptions = { ...options, standing }
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: sizes.frameBytes,
    handleProtocols: () => subprotocol,
    WebSocket: NamedSocket,
  })
  let isStopping = false
  let gone: (() => void) | undefined
  let held: (() => void) | undefined

  // the same functions for all: they find their connection by the socket that calls them
  function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
    const { connection } = this as NamedSocket
    if (isBinary) connection.end(1003)
    else takeFrame(connection, data as Buffer, methods)
  }
  function onClose(this: WebSocket): void {
    const { connection } = this as NamedSocket
    connection.closeStreams()
    standing.leave(connection)
    if (standing.all.size > 0) return
    held?.()
    held = undefined
    gone?.()
  }
  const onError = () => {}

  function open({ caller, visit, received, address }: Upgrade, ws: NamedSocket, socket: Upgrade['socket']): void {
    const connection = new Connection(ws, socket, {
      request: received.id,
      address,
      forwarded: received.headers['x-forwarded-for'],
      counted: visit.counted,
      at: received.authority,
    })
    ws.connection = connection
    held ??= streams.hold()
    ws.on('message', onMessage)
    ws.on('close', onClose)
    ws.on('error', onError)
    const { agent } = caller
    const isWelcome = standing.enter(connection) && (!agent || standing.know(connection, agent))
    if (isStopping) connection.end(1001)
    else if (!isWelcome) connection.end(4005)
    else if (!agent) challenge(connection)
  }

  serveUpgrade(
    options,
    sessions.sessionOpen,
    (received) => {
      if (isStopping) throw new ProtocolError('unavailable', 'the server stops; connect again')
      checkOpening(received, { allowedOrigins: options.allowedOrigins, isOwnName: identification.isOwnName })
    },
    (upgrade) => {
      const { request, socket, head } = upgrade
      request.headers['sec-websocket-protocol'] = subprotocol
      server.handleUpgrade(request, socket, head, (ws) => open(upgrade, ws, socket))
    },
  )
  keepBeating(identification.now, standing.all, signal)
  streams.onAgent((agent, what) => {
    for (const connection of standing.of(agent))
      if (what === 'erased') connection.end(4003)
      else
        identification.isCurrent(connection.agent!).then(
          (isCurrent) => isCurrent || connection.end(4002),
          () => connection.end(1011),
        )
  })

  return {
    size: () => standing.all.size,
    /** Answers what is being answered, and ends all connections. */
    async finish(): Promise<void> {
      isStopping = true
      for (const connection of standing.all) connection.leave()
      const { promise, resolve } = Promise.withResolvers<void>()
      gone = resolve
      if (standing.all.size === 0) return
      const late = setTimeout(() => {
        // who has yet to read is not cut off here
        for (const { ws, socket, frames } of standing.all)
          if (frames === 0 && socket.writableLength === 0) ws.terminate()
        resolve()
      }, farewell)
      await promise
      clearTimeout(late)
    },
  }
}
