import { type Identity, operations } from '@aicq/protocol'
import { type Answer, send } from './requests.ts'

/** A way to call operations by name, with flat parameters: what comes back is the reply, `null` for none, or a problem document. */
export interface Transport extends AsyncDisposable {
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
  call(as: Identity | undefined, method: string, params: Record<string, unknown>): Promise<any>
}

export type OpenTransport = (url: string) => Promise<Transport>

/** Each operation by its own method and path. */
export const rest: OpenTransport = async (url) => ({
  async call(as, method, params) {
    const op = operations.find(({ name }) => name === method)!
    const { room_key: roomKey, ...rest } = params
    const line = `${op.method} /v1${op.path.replaceAll(/\{(\w+)\}/g, (_, name) => {
      const value = String(rest[name])
      delete rest[name]
      return encodeURIComponent(value)
    })}`
    const query = op.body ? '' : new URLSearchParams(rest as Record<string, string>).toString()
    const { status, body } = await send(url, `${line}${query && `?${query}`}`, {
      ...(as && { as }),
      ...(op.body && { body: rest }),
      ...(roomKey === undefined ? {} : { headers: { 'x-aicq-room-key': String(roomKey) } }),
    })
    return status === 204 ? null : body
  },
  [Symbol.asyncDispose]: async () => {},
})

/** JSON-RPC over HTTP. */
export const rpc: OpenTransport = async (url) => ({
  async call(as, method, params) {
    const body = { jsonrpc: '2.0', id: 1, method, params }
    return resultOf((await send(url, 'POST /v1/rpc', { body, ...(as && { as }) })).body)
  },
  [Symbol.asyncDispose]: async () => {},
})

/** What a reply of JSON-RPC says. */
export function resultOf(reply: Answer['body']): unknown {
  if (!reply.error) return reply.result
  if (reply.error.code !== -32000) throw new Error(JSON.stringify(reply.error))
  return reply.error.data
}
