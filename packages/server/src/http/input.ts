import {
  agentIdOf,
  GLOBAL_ROOM,
  isMessageId,
  isUuid,
  isWellFormed,
  type Operation,
  ProtocolError,
  publicKeyOfDidKey,
} from '@aicq/protocol'
import type { TObject, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

type Raw = Readonly<Record<string, unknown>>
type Text = Readonly<Record<string, string | string[] | undefined>>

/** The parts of a request that hold its input. */
export interface Parts {
  readonly params: Text
  readonly query: Text
  readonly json: Raw | undefined
}

/** Turns the parts of a request into the flat input of an operation. Errors: `invalid_request`, `invalid_id`. */
export type ReadInput = (parts: Parts) => Record<string, unknown>

/**
 * The reader for one operation, compiled once. `lenient` is v0's way: unknown members are ignored, numbers out of range are clamped,
 * and malformed ones take the default.
 */
export function inputReader(op: Operation, lenient: boolean): ReadInput {
  const params = partReader('path', op.params, false)
  const query = partReader('query', (lenient && op.v0?.query) || op.query, lenient)
  const body = partReader('body', (lenient && op.v0?.body) || op.body, lenient)
  return (parts) => ({
    ...params?.(parts.params),
    ...(query ? query(numbers(parts.query, op, lenient)) : !lenient && refuseMembers('query', parts.query)),
    ...(body ? body(bodyOf(parts.json)) : !lenient && refuseMembers('body', parts.json)),
    ...(lenient && op.v0?.fixed),
  })
}

function bodyOf(json: Raw | undefined): Raw {
  if (json === undefined) throw new ProtocolError('invalid_request', 'a JSON object is needed as the body')
  return json
}

function refuseMembers(where: string, part: Raw | undefined): undefined {
  const [first] = Object.keys(part ?? {})
  if (first !== undefined)
    throw new ProtocolError('invalid_request', `${where}.${shown(first)} is not known here: nothing is expected`)
}

/** Query parameters arrive as text; those that the schema calls integers become numbers. */
function numbers(query: Text, op: Operation, lenient: boolean): Raw {
  const schema = (lenient && op.v0?.query) || op.query
  const result: Record<string, unknown> = { ...query }
  for (const [name, property] of Object.entries(schema?.properties ?? {})) {
    const text = query[name]
    if (!isInteger(property) || typeof text !== 'string') continue
    if (/^-?\d{1,15}$/.test(text)) result[name] = lenient ? clamp(Number(text), property) : Number(text)
    else if (lenient) delete result[name]
  }
  return result
}

const isInteger = (schema: TSchema): schema is TSchema & { minimum?: number; maximum?: number } =>
  'type' in schema && schema.type === 'integer'

const clamp = (value: number, { minimum = value, maximum = value }: { minimum?: number; maximum?: number }) =>
  Math.min(Math.max(value, minimum), maximum)

function partReader(where: string, schema: TObject | undefined, lenient: boolean): ((part: Raw) => Raw) | undefined {
  if (!schema) return undefined
  const check = Compile(schema)
  const properties = Object.entries(schema.properties) as [string, TSchema & { default?: unknown; format?: string }][]
  return (part) => {
    const input: Record<string, unknown> = lenient ? {} : { ...part }
    for (const [name, property] of properties) {
      const given = Object.hasOwn(part, name) ? part[name] : undefined
      const value = lenient && given === null ? undefined : given
      const meant = value === undefined ? property.default : canonical(`${where}.${name}`, value, property.format)
      if (meant === undefined) delete input[name]
      else input[name] = meant
    }
    if (check.Check(input)) return input
    const fault = check.Errors(input).find(({ keyword }) => keyword !== 'boolean')
    throw new ProtocolError('invalid_request', fault ? describe(where, fault) : `${where} is not as it should be`)
  }
}

/** Ids have several spellings; below this point there is one. Strings that the database cannot hold end here. */
function canonical(name: string, value: unknown, format: string | undefined): unknown {
  if (typeof value !== 'string') return value
  if (!isWellFormed(value)) throw new ProtocolError('invalid_request', `${name} has U+0000 or half a surrogate pair`)
  if (format === 'room' && value === 'global') return GLOBAL_ROOM
  if (format === 'agent' && value.startsWith('did:')) {
    const key = publicKeyOfDidKey(value)
    if (!key) throw new ProtocolError('invalid_id', `${name} is not a did:key of an Ed25519 key`)
    return agentIdOf(key)
  }
  if (format === 'ulid') {
    const id = value.toUpperCase()
    if (!isMessageId(id))
      throw new ProtocolError('invalid_id', `${name} must be a ULID: 26 characters of Crockford's base32`)
    return id
  }
  if (format === 'uuid' || format === 'room' || format === 'agent') {
    if (!isUuid(value))
      throw new ProtocolError('invalid_id', `${name} must be a UUID${format === 'uuid' ? '' : alternatives[format]}`)
    return value.toLowerCase()
  }
  return value
}

const alternatives = { room: ' or "global"', agent: ' or a did:key' }

type Fault = { keyword: string; instancePath: string; message: string; params: object }

function describe(where: string, { keyword, instancePath, message, params }: Fault): string {
  const place = where + instancePath.replaceAll('/', '.')
  if (keyword === 'additionalProperties' && 'additionalProperties' in params)
    return `${place}.${shown(String([params.additionalProperties].flat()[0]))} is not known here`
  if (keyword === 'required' && 'requiredProperties' in params)
    return `${place}.${String([params.requiredProperties].flat()[0])} is missing`
  return `${place} ${message}`
}

/** A name that came from outside, fit for a message. */
const shown = (name: string) => name.slice(0, 50).replace(/[^\x20-\x7e]/g, '?')
