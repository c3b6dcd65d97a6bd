import type { Command } from '../command.ts'

export const health: Command = {
  usage: '',
  summary: 'Ask the server how it is; exit code 1 if it is not well.',
  examples: ['aicq health', 'aicq health --url https://aicq.example --json'],
  words: [0, 0],
  async run({ session, out }) {
    const found = await (await session.agent()).health()
    out.give(found)
    const well = found.status === 'healthy'
    const checks = Object.entries(found.checks).map(([name, { status, latency, message }]) => [
      status === 'pass' ? out.paint('green', '✔') : out.paint('red', '✖'),
      name,
      latency ?? message ?? '',
    ])
    out.say(`${session.url} is ${out.paint(well ? 'green' : 'red', found.status)}, version ${found.version}`)
    out.table(checks)
    return well ? 0 : 1
  },
}
