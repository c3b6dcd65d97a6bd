import { type ErrorCode, errors, operations } from '@aicq/protocol'
import type { TSchema } from 'typebox'
import { packText } from './bodies.ts'
import type { Cast } from './cases.ts'
import { bytesOf } from './heads.ts'
import { type Random, seeded } from './random.ts'
import { damage, type Headers, rfc9421 } from './signing.ts'
import { goodValue, hostileValue, type World } from './values.ts'
import type { Answer } from './wire.ts'

/** What the attacker would not survive is left to requests of their own. */
const methods = operations.filter(({ name }) => name !== 'agent.erase')

/** Hostile request `number` of JSON-RPC: the same for the same seed, but for times, nonces and new ids. */
export async function makeRpcCase(seed: string, number: number, { agent, authority, world }: Cast): Promise<Buffer> {
  const random = seeded(`${seed}/rpc/${number}`)
  const many = random.percent(2) ? random.pick([100, 101]) : random.pick([1, 1, 1, 2, 3, 8])
  const calls = Array.from({ length: many }, () => callOf(random, world))
  const text = many === 1 && random.percent(80) ? calls[0]! : `[${calls.join()}]`
  const body = random.percent(80) ? { bytes: Buffer.from(text), headers: json } : packText(random, text)
  const target = { method: 'POST', authority, path: '/v1/rpc', query: '', body: body.bytes }
  const signature = random.percent(25) ? [] : await rfc9421(agent, target, agent.id)
  const headers: Headers = [
    ['Host', authority],
    ['Connection', 'close'],
    ...body.headers,
    ['Content-Length', String(body.bytes.length)],
    ...(signature.length > 0 && random.percent(8) ? damage(random, signature) : signature),
  ]
  return bytesOf({ requestLine: 'POST /v1/rpc HTTP/1.1', headers, body: body.bytes, halfClose: false })
}

const json: Headers = [['Content-Type', 'application/json']]

/** One request inside, as JSON text; some are none. */
function callOf(random: Random, world: World): string {
  if (random.percent(3)) return hostileText(random, world)
  const op = random.pick(methods)
  const good = (text: string) => (random.percent(97) ? text : hostileText(random, world))
  const members = [
    ['jsonrpc', good('"2.0"')],
    ['id', good(random.pick(['1', '"a"', 'null', '-0', '1.5', '"\\u2028"', `"${'x'.repeat(1_000)}"`]))],
    ['method', good(JSON.stringify(op.name))],
    ['params', good(paramsOf(random, op, world))],
  ]
  const kept = random.percent(90) ? members : members.toSpliced(random.int(members.length), 1)
  return `{${kept.map(([name, value]) => `"${name}":${value}`).join()}}`
}

function paramsOf(random: Random, op: (typeof methods)[number], world: World): string {
  const parts = [op.params, op.query, op.body].filter((part) => part !== undefined)
  const members = parts.flatMap((part) =>
    Object.entries<TSchema>(part.properties)
      .filter(([name]) => part.required?.includes(name) || random.percent(20))
      .map(([name, schema]) => [
        name,
        random.percent(8) ? hostileValue(random, schema, world) : goodValue(random, schema, world, name),
      ]),
  )
  if (random.percent(4)) members.push(['room_key', hostileText(random, world)])
  if (random.percent(4)) members.push(['room_keys', hostileText(random, world)])
  if (random.percent(4)) members.push([random.pick(['__proto__', 'constructor', '', 'then']), '1'])
  return `{${members.map(([name, value]) => `"${name}":${value}`).join()}}`
}

const hostileText = (random: Random, world: World) => hostileValue(random, { type: 'string' } as TSchema, world)

/** What is wrong with the answer to such a request; `undefined`: nothing. `succeeded` is told of each call that did. */
export function faultOfRpc({ status, type, text }: Answer, succeeded: () => void): string | undefined {
  if (status === undefined) return text
  if (status === 204) return text === '' ? undefined : `answered 204 with a body: ${text}`
  const value = parsed(text)
  if (status >= 400 && status < 500)
    return type === 'application/problem+json' && errors[value?.code as ErrorCode] ? undefined : `${status}: ${text}`
  if (status !== 200 || value === undefined) return `answered ${status}: ${text}`
  const frames = Array.isArray(value) ? value : [value]
  for (const frame of frames) {
    const fault = faultOfFrame(frame)
    if (fault) return `${fault}: ${JSON.stringify(frame).slice(0, 2_000)}`
    if (frame.result !== undefined) succeeded()
  }
  return undefined
}

function faultOfFrame(frame: Record<string, unknown>): string | undefined {
  const { jsonrpc, id, result, error, ...others } = frame
  if (jsonrpc !== '2.0' || id === undefined || Object.keys(others).length > 0) return 'a reply of another shape'
  if ((result === undefined) === (error === undefined)) return 'a reply has either a result or an error'
  if (error === undefined) return undefined
  const { code, message, data } = error as { code: number; message: string; data?: Record<string, unknown> }
  if (typeof message !== 'string') return 'an error without words'
  if ([-32600, -32601, -32602, -32700].includes(code)) return undefined
  const known = errors[data?.code as ErrorCode]
  if (code !== -32000 || !known) return 'an error that no table knows'
  return known.status < 500 && data?.status === known.status ? undefined : 'an error of the server'
}

// biome-ignore lint/suspicious/noExplicitAny: whatever came is looked at
function parsed(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
