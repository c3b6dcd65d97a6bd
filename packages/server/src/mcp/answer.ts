import { answerHttp } from '@aicq/mcp'
import type { Identity } from '@aicq/protocol'
import type { By } from '../http/calls.ts'
import type { WebRequest } from '../http/web.ts'
import { openDoor } from './door.ts'
import type { McpOptions } from './routes.ts'

/** Answers a request that was let in. This file alone brings the library of MCP along. */
export function answer(
  { received, signal }: WebRequest,
  body: unknown,
  by: By,
  identity: Identity | undefined,
  options: McpOptions,
): Promise<Response> {
  const { method, authority, path } = received
  const { calls, streams, identification, version, failed } = options
  const url = options.publicUrls.find(({ host }) => host === authority)?.origin ?? `http://${authority}`
  const door = openDoor({ calls, streams, now: identification.now }, { by, url, authority, identity })
  const headers = Object.entries(received.headers).filter(([name]) => passed.test(name)) as [string, string][]
  const request = new Request(new URL(path, url), { method, headers, signal })
  return answerHttp(request, body, door, { version, failed })
}

/** What the library has to see; of credentials, nothing. */
const passed = /^(accept|content-type|last-event-id|mcp-.*)$/
