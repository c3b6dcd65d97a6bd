import { agentIdOf, events, type Operation, ProtocolError, publicKeyOfDidKey, sessions } from '@aicq/protocol'
import { identifyAs } from '../../http/caller.ts'
import type { By } from '../../http/calls.ts'
import type { Raw } from '../../http/input.ts'
import type { RpcAnswers } from '../../http/json-rpc.ts'
import type { ServeOptions } from '../../http/serve.ts'
import { laneOf } from '../../lanes.ts'
import type { Interest, Streams } from '../streams.ts'
import { whoAnswered } from './authenticate.ts'
import type { Connection, Known } from './connection.ts'
import type { Standing } from './standing.ts'

export interface MethodOptions extends Pick<ServeOptions, 'calls' | 'identification' | 'admission'> {
  readonly streams: Streams
  readonly standing: Standing
  /** The agent that has a key now. */
  holderOf(did: string): Promise<Known | undefined>
}

/** What a connection may call: every operation, and what is there for sockets alone (spec/realtime.md#socket). */
export function methodsOf(connection: Connection, options: MethodOptions): RpcAnswers {
  const { calls } = options
  const explain = (cause: unknown) => calls.explain(cause, connection.from.request)
  return {
    explain(cause) {
      const problem = explain(cause)
      if (problem.code === 'address_blocked') setImmediate(() => connection.end(4004))
      return problem
    },
    answer(method, params) {
      const answer = find(method, connection, options)
      if (!answer) return undefined
      connection.calls++
      return connection
        .inOrder(laneOf(params), () => answer(params))
        .finally(() => {
          connection.calls--
        })
    },
  }
}

type Method = (params: Raw) => Promise<string>

function find(name: string, connection: Connection, options: MethodOptions): Method | undefined {
  if (name === 'session.authenticate') return (params) => authenticate(connection, params, options)
  if (name === events.eventsSubscribe.name) return (params) => subscribe(connection, params, options)
  if (name === 'events.unsubscribe') return async (params) => unsubscribe(connection, params)
  const op = options.calls.find(name)
  return op && ((params) => options.calls.call(op, params, byOf(connection, options)))
}

/** Who calls is asked for each message: a key may have been taken away, and what is not registered may be by now. */
function byOf(connection: Connection, { identification, holderOf, standing }: MethodOptions): By {
  const { from } = connection
  return {
    request: from.request,
    socket: from.address,
    forwarded: from.forwarded,
    signed: (connection.agent ?? connection.key) !== undefined,
    traceparent: undefined,
    claimed: () => connection.agent?.id,
    async identify(op: Operation, params: Raw) {
      const { key } = connection
      if (op.caller !== 'key' && !connection.agent && key) {
        const holder = await holderOf(key)
        if (!holder) throw unknown(key)
        if (!connection.agent) know(connection, holder, standing)
      }
      const { agent } = connection
      const did = agent?.did ?? key
      return identifyAs({ ...(agent && { agent }), ...(did && { key: { did } }) }, op, params, identification)
    },
  }
}

const unknown = (did: string) =>
  new ProtocolError('agent_unknown', `no agent is registered here as ${agentIdOf(publicKeyOfDidKey(did)!)}`)

function know(connection: Connection, agent: Known, standing: Standing): void {
  if (connection.isOpen && !standing.know(connection, agent)) connection.end(4005)
}

function authenticate(
  connection: Connection,
  params: Raw,
  { calls, identification, admission, standing }: MethodOptions,
): Promise<string> {
  const { request, address, forwarded } = connection.from
  const claimed = typeof params.agent === 'string' ? params.agent : undefined
  const identify = () => whoAnswered(connection, params, identification)
  return calls.pass(
    {
      op: sessions.sessionOpen,
      visit: admission(sessions.sessionOpen)(address, forwarded, true),
      request,
      traceparent: undefined,
      identify,
      input: () => ({}),
      claimed: () => claimed,
    },
    async ({ agent, key }) => {
      if (connection.challenge === undefined)
        throw new ProtocolError('signature_invalid', 'the challenge of this connection has been answered already')
      connection.challenge = undefined
      connection.key = key?.did
      if (agent) know(connection, agent, standing)
      return JSON.stringify({ agent: agent?.id ?? key!.did })
    },
  )
}

function subscribe(connection: Connection, params: Raw, options: MethodOptions): Promise<string> {
  const { calls, streams } = options
  return calls.passFlat(events.eventsSubscribe, params, byOf(connection, options), async (caller, input) => {
    const interest = input as Interest
    const subscription = connection.reserve(interest.presence?.length ?? 0)
    const { id } = subscription
    const stream = await streams.open(caller, interest, subscription).catch((cause: unknown) => {
      connection.subscriptions?.delete(id)
      throw cause
    })
    subscription.stream = stream
    subscription.told = stream.cursor()
    // it may have ended meanwhile
    if (!connection.subscriptions?.has(id)) stream.close()
    return JSON.stringify({ subscription: id, cursor: subscription.told })
  })
}

function unsubscribe(connection: Connection, { subscription }: Raw): string {
  const stream = connection.subscriptions?.get(subscription as string)?.stream
  if (!stream) throw new ProtocolError('invalid_request', 'subscription is not the id of one of this connection')
  const cursor = stream.cursor()
  stream.close()
  connection.subscriptions!.delete(subscription as string)
  return JSON.stringify({ cursor })
}
