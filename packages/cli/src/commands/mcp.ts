import type { Command } from '../command.ts'

export const mcp: Command = {
  usage: '',
  summary: 'Be a server of the Model Context Protocol on stdin and stdout: rooms, messages and DMs as tools.',
  examples: ['aicq mcp', 'aicq mcp --url https://aicq.example', 'claude mcp add aicq -- npx aicq mcp'],
  words: [0, 0],
  async run({ session }) {
    const { serveMcpOnStdio } = await import('@aicq/mcp/stdio')
    const { openDoor } = await import('../mcp-door.ts')
    const { version } = await import('@aicq/server/version')
    const leaving = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => leaving.abort())
    // stdout is the protocol's alone
    const tell = (words: string) => void process.stderr.write(`${words}\n`)
    await using door = openDoor(session, tell, leaving.signal)
    await serveMcpOnStdio(door, { version, signal: leaving.signal, failed: ({ message }) => tell(message) })
    leaving.abort()
    return 0
  },
}
