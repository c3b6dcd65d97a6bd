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

export type Raw = Readonly<Record<string, unknown>>
type Text = Readonly<Record<string, string | string[] | undefined>>

/** The parts of a request that hold its input. */
export interface Parts {
  readonly params: Text
  readonly query: Text
  readonly json: Raw | undefined
}

/** Reads the flat input of an operation. Errors: `invalid_request`, `invalid_id`. */
export interface InputReader {
  /** From the parts of a request. */
  parts(parts: Parts): Raw
  /** From parameters that are flat already. */
  flat(params: Raw): Raw
}

/**
 * The reader for one operation, compiled once. `lenient` is v0's way: unknown members are ignored, numbers out of range are clamped,
 * and malformed ones take the default.
 */
export function inputReader(op: Operation, lenient: boolean): InputReader {
  const schemas = {
    path: op.params,
    query: (lenient && op.v0?.query) || op.query,
    body: (lenient && op.v0?.body) || op.body,
  }
  const typed = schemas.query && typesOf(schemas.query, lenient)
  const path = partReader('path', schemas.path, false)
  const query = partReader('query', schemas.query, lenient)
  const body = partReader('body', schemas.body, lenient)
  return {
    parts: ({ params, query: given, json }) => ({
      ...path?.(params),
      ...(query ? query(typed!(given)) : !lenient && refuseMembers('query', given)),
      ...(body ? body(bodyOf(json)) : !lenient && refuseMembers('body', json)),
      ...(lenient && op.v0?.fixed),
    }),
    flat(params) {
      const rest = { ...params }
      const inPath = taken(rest, schemas.path)
      // what nobody knows is refused by the part that could have more than one member
      const inQuery = schemas.body ? taken(rest, schemas.query) : rest
      return {
        ...path?.(inPath),
        ...(query ? query(inQuery) : !schemas.body && refuseMembers('query', rest)),
        ...body?.(rest),
      }
    },
  }
}

/** Takes the members that a schema knows. */
function taken(from: Record<string, unknown>, schema: TObject | undefined): Raw {
  const members: Record<string, unknown> = {}
  for (const name of Object.keys(schema?.properties ?? {})) {
    if (!Object.hasOwn(from, name)) continue
    members[name] = from[name]
    delete from[name]
  }
  return members
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

/** Query parameters arrive as text; numbers, booleans and lists become what the schema calls them. */
function typesOf(schema: TObject, lenient: boolean): (query: Text) => Raw {
  const properties = Object.entries<TSchema>(schema.properties)
  return (query) => {
    const result: Record<string, unknown> = { ...query }
    for (const [name, property] of properties) {
      const text = query[name]
      if (typeof text !== 'string') continue
      if (isInteger(property)) {
        if (/^-?\d{1,15}$/.test(text)) result[name] = lenient ? clamp(Number(text), property) : Number(text)
        else if (lenient) delete result[name]
      } else if (typeOf(property) === 'boolean') result[name] = booleans.get(text) ?? text
      else if (typeOf(property) === 'array') result[name] = text === '' ? [] : text.split(',')
    }
    return result
  }
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

const typeOf = (schema: TSchema) => ('type' in schema ? schema.type : undefined)

const isInteger = (schema: TSchema): schema is TSchema & { minimum?: number; maximum?: number } =>
  typeOf(schema) === 'integer'

const clamp = (value: number, { minimum = value, maximum = value }: { minimum?: number; maximum?: number }) =>
  Math.min(Math.max(value, minimum), maximum)

function partReader(where: string, schema: TObject | undefined, lenient: boolean): ((part: Raw) => Raw) | undefined {
  if (!schema) return undefined
  const check = Compile(schema)
  const properties = Object.entries(schema.properties) as [string, Property][]
  return (part) => {
    const input: Record<string, unknown> = lenient ? {} : { ...part }
    for (const [name, property] of properties) {
      const given = Object.hasOwn(part, name) ? part[name] : undefined
      const value = lenient && given === null ? undefined : given
      const meant = value === undefined ? property.default : canonical(`${where}.${name}`, value, property)
      if (meant === undefined) delete input[name]
      else input[name] = meant
    }
    if (check.Check(input)) return input
    const fault = check.Errors(input).find(({ keyword }) => keyword !== 'boolean')
    throw new ProtocolError('invalid_request', fault ? describe(where, fault) : `${where} is not as it should be`)
  }
}

type Property = TSchema & { default?: unknown; format?: string; items?: Property }

/** Ids have several spellings; below this point there is one. Strings that the database cannot hold end here. */
function canonical(name: string, value: unknown, { format, items }: Property): unknown {
  if (items && Array.isArray(value)) return value.map((item, at) => canonical(`${name}.${at}`, item, items))
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
