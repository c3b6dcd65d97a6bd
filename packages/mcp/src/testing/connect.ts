import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

const main = join(import.meta.dirname, '../../../cli/src/main.js')

/** A revision of the protocol: that of 2025, or that of 2026. */
export type Era = 'legacy' | 'modern'

export type Args = Readonly<Record<string, unknown>>

/** A program that speaks MCP with us, as a model's does. */
export interface Connected extends AsyncDisposable {
  readonly client: Client
  /** Calls a tool: its text, its data, and the error if it failed. */
  call(name: string, args?: Args): Promise<Called>
}

export interface Called {
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
  readonly data: any
  readonly error: { readonly code: string; readonly retryable: boolean; readonly detail: string } | undefined
}

async function connected(
  transport: StreamableHTTPClientTransport | StdioClientTransport,
  era: Era,
): Promise<Connected> {
  const client = new Client(
    { name: 'test', version: '1' },
    { versionNegotiation: { mode: era === 'modern' ? { pin: '2026-07-28' } : 'legacy' } },
  )
  await client.connect(transport)
  return {
    client,
    async call(name, args = {}) {
      const { content, structuredContent: data, isError } = await client.callTool({ name, arguments: args })
      const text = content.map((one) => (one.type === 'text' ? one.text : '')).join('')
      return { text, data, error: isError ? (JSON.parse(text) as { error: Called['error'] }).error : undefined }
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}

/** By URL; with the headers given. */
export function connectByUrl(
  server: { readonly url: string },
  headers: Record<string, string> = {},
  era: Era = 'legacy',
): Promise<Connected> {
  return connected(new StreamableHTTPClientTransport(new URL('/mcp', server.url), { requestInit: { headers } }), era)
}

/** By `aicq mcp`, with its profiles in `home`. */
export function connectByStdio(
  server: { readonly url: string },
  home: string,
  era: Era = 'legacy',
): Promise<Connected & { readonly pid: number | null }> {
  const { PATH = '', NODE_V8_COVERAGE = '' } = process.env
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, 'mcp', '--url', server.url],
    env: { PATH, ...(NODE_V8_COVERAGE && { NODE_V8_COVERAGE }), AICQ_HOME: home },
    stderr: 'ignore',
  })
  return connected(transport, era).then((all) => ({ ...all, pid: transport.pid }))
}

/** The header that names an agent by its seed. */
export const bearer = (seed: Uint8Array): Record<string, string> => ({
  authorization: `Bearer ${Buffer.from(seed).toString('base64url')}`,
})
