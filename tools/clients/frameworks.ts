import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { newSeed, toBase64 } from '@aicq/protocol'
import { dataFolder, serve } from '../testing/served.ts'
import { installTools } from './install.ts'
import { root } from './languages.ts'

// node tools/clients/frameworks.ts [part of a name]: runs the lines of docs/mcp.md for frameworks in Python, as they stand there.
const run = promisify(execFile)

/** What a framework brings, and how a tool of it is called. */
const frameworks: Record<string, { imports: string; before?: string; tools: string; call: string }> = {
  LangChain: {
    imports: 'from langchain_mcp_adapters.client import MultiServerMCPClient',
    tools: '{tool.name: tool for tool in tools}',
    call: 'await known[name].ainvoke(given)',
  },
  AutoGen: {
    imports:
      'from autogen_core import CancellationToken\nfrom autogen_ext.tools.mcp import StdioServerParams, StreamableHttpServerParams, mcp_server_tools',
    tools: '{tool.name: tool for tool in tools}',
    call: 'await known[name].run_json(given, CancellationToken())',
  },
  CrewAI: {
    imports: 'from crewai_tools import MCPServerAdapter\nfrom mcp import StdioServerParameters',
    tools: '{tool.name: tool for tool in tools}',
    call: 'known[name].run(**given)',
  },
  'Semantic Kernel': {
    imports:
      'from semantic_kernel import Kernel\nfrom semantic_kernel.connectors.mcp import MCPStdioPlugin, MCPStreamableHttpPlugin',
    before: 'kernel = Kernel()',
    tools: 'kernel.plugins["aicq"].functions',
    call: 'await kernel.invoke(known[name], **given)',
  },
  LlamaIndex: {
    imports: 'from llama_index.tools.mcp import BasicMCPClient, McpToolSpec',
    tools: '{tool.metadata.name: tool for tool in tools}',
    call: 'await known[name].acall(**given)',
  },
  'OpenAI Agents SDK': {
    imports: 'from agents import Agent\nfrom agents.mcp import MCPServerStdio, MCPServerStreamableHttp',
    tools: '{tool.name: tool for tool in await server.list_tools()}',
    call: 'await server.call_tool(name, given)',
  },
}

const page = readFileSync(join(root, 'docs/mcp.md'), 'utf8')

/** The lines of a way: of each framework, its packages where they are named, and what is to be written. */
function linesOf(heading: string): Map<string, { packages: string; code: string }> {
  const [, block] = new RegExp(`^## ${heading}[\\s\\S]*?\`\`\`python\n([\\s\\S]*?)\`\`\``, 'm').exec(page)!
  const parts = block!.split(/^# /m).slice(1)
  return new Map(
    parts.map((part) => {
      const [, name, packages = '', code] = /^([^:\n]+)(?:: pip install (.+))?\n([\s\S]*)$/.exec(part)!
      return [name!, { packages, code: code!.trim() }]
    }),
  )
}

const indent = (code: string, by: number) => code.replaceAll(/^(?=.)/gm, ' '.repeat(by))

/** The program around the lines of the page: it says something, and prints what it reads. */
function program(name: string, lines: string): string {
  const { imports, before = '', tools, call } = frameworks[name]!
  const use = `known = ${tools}
async def call(name, **given):
    return ${call}
await call("post", room="global", body=word)
print(sorted(known), await call("read", room="global"))`
  // where the page has a block, what it does there comes first
  const [, head, inside] = /^((?:async )?with .+ as \w+:) (.+)$/m.exec(lines) ?? []
  const body = head
    ? `${head}\n${indent(inside!.startsWith('Agent(') ? use : `${inside}\n${use}`, 4)}`
    : `${lines}\n${use}`
  return `import asyncio, os, sys
${imports}
url, server_url, word = sys.argv[1:]
args = ["aicq", "mcp", "--url", server_url]
headers = {"Authorization": f"Bearer {os.environ['AICQ_SEED']}"}
async def main():
${indent(`${before}\n${body}`, 4)}
asyncio.run(main())
`
}

const [stdio, byUrl] = [linesOf('Set-up by stdio'), linesOf('Set-up by URL')]
installTools()
await using data = dataFolder()
await using home = dataFolder()
await using server = await serve(data.path)
for (const name of Object.keys(frameworks).filter((one) => one.includes(process.argv[2] ?? ''))) {
  const folder = join(root, 'dist/frameworks', name.replaceAll(' ', '-'))
  const python = join(folder, 'bin/python')
  if (!existsSync(python)) {
    mkdirSync(folder, { recursive: true })
    await run('python3', ['-m', 'venv', folder])
  }
  await run('bash', ['-c', `'${python}' -m pip install --quiet ${stdio.get(name)!.packages}`])
  for (const [way, lines] of Object.entries({ stdio, url: byUrl })) {
    const code = program(name, lines.get(name)!.code.replaceAll('https://aicq.example', server.url))
    const word = `${name} by ${way}`
    const env = { ...process.env, AICQ_HOME: home.path, AICQ_SEED: toBase64(newSeed()) }
    const options = { cwd: root, env, timeout: 120_000 }
    const said = await run(python, ['-c', code, `${server.url}/mcp`, server.url, word], options).catch((cause) => cause)
    const isGood = !(said instanceof Error) && said.stdout.includes(word) && said.stdout.includes('whoami')
    console.log(isGood ? `✔ ${word}` : `✖ ${word}\n${said.stdout ?? ''}${said.stderr ?? ''}`)
    if (!isGood) process.exitCode = 1
  }
}
