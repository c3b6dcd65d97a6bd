import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'

/** One import of a file: what it names, and whether it is of types alone. */
interface Import {
  readonly from: string
  /** A path below the root for what is ours, else the name of a package. */
  readonly to: string
  readonly typeOnly: boolean
}

const adapters = ['http', 'storage', 'coordination']
const transports = ['http', 'realtime', 'mcp']
const isTest = (file: string) => /\.test\.ts$|\/testing\//.test(file)

/** Imports that the rules of docs/decisions/0002-who-imports-whom.md forbid, and cycles; one line a finding. */
export function findForbiddenImports(root: string): string[] {
  const files = globSync('{packages,examples,bench,tools}/**/*.ts', {
    cwd: root,
    exclude: (name) => name === 'node_modules',
  })
  const imports = files.flatMap((file) => importsOf(root, file))
  const forbidden = imports.flatMap((one) => {
    const rule = isTest(one.from) && !one.from.startsWith('examples/') ? undefined : brokenRule(one)
    return rule ? [`${one.from} imports ${one.to}: ${rule}`] : []
  })
  return [...forbidden, ...findCycles(imports.filter(({ typeOnly, to }) => !typeOnly && to.endsWith('.ts')))]
}

function importsOf(root: string, file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest)
  const found: Import[] = []
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return
    found.push({ from: file, to: target(root, file, specifier.text), typeOnly })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, areTypes(node.importClause))
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false)
    else if (ts.isNewExpression(node) && node.expression.getText(source) === 'URL' && node.arguments?.length === 2) {
      const [first] = node.arguments
      if (first && ts.isStringLiteralLike(first) && /^\.{1,2}\/.*\.ts$/.test(first.text)) add(first, false)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function areTypes(clause: ts.ImportClause | undefined): boolean {
  if (!clause || clause.isTypeOnly) return clause !== undefined
  const names = clause.namedBindings
  return (
    !clause.name &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.every(({ isTypeOnly }) => isTypeOnly)
  )
}

function target(root: string, file: string, specifier: string): string {
  if (specifier.startsWith('.')) return relative(root, resolve(root, dirname(file), specifier))
  const ours = /^@aicq\/(\w+)$/.exec(specifier)
  return ours ? `packages/${ours[1]}/src/index.ts` : specifier
}

const packageOf = (file: string) => /^packages\/(\w+)\//.exec(file)?.[1]
const folderOf = (file: string) => /^packages\/server\/src\/(\w+)\//.exec(file)?.[1]
const allowed: Record<string, string[]> = {
  protocol: [],
  client: ['protocol'],
  mcp: ['protocol'],
  server: ['protocol', 'mcp'],
  cli: ['protocol', 'client', 'mcp', 'server'],
}

function brokenRule({ from, to, typeOnly }: Import): string | undefined {
  const [ours, theirs] = [packageOf(from), packageOf(to)]
  if (from.startsWith('examples/') && theirs === 'server') return 'examples know a server by its wire alone'
  if (ours && theirs && ours !== theirs && !allowed[ours]!.includes(theirs)) return `${ours} does not see ${theirs}`
  if (ours && /^(tools|bench|examples)\//.test(to)) return 'what is shipped does not see what builds and tests it'
  const forNode = /^packages\/client\/src\/node\//
  if ((ours === 'protocol' || ours === 'client') && !forNode.test(from) && (/^node:/.test(to) || forNode.test(to)))
    return `${ours} runs in browsers too`
  if (ours === 'server' && to === 'pg' && folderOf(from) !== 'storage') return 'pg stops at storage/'
  if (ours === 'server' && to === 'fastify' && folderOf(from) !== 'http') return 'Fastify stops at http/'
  return ours === 'server' && theirs === 'server' ? brokenServerRule(from, to, typeOnly) : undefined
}

function brokenServerRule(from: string, to: string, typeOnly: boolean): string | undefined {
  if (from.endsWith('src/server.ts') || from.endsWith('src/index.ts')) return undefined
  if (to.endsWith('src/server.ts') || (to.endsWith('src/config.ts') && !typeOnly))
    return 'only server.ts sees the whole'
  const [here, there] = [folderOf(from), folderOf(to)]
  if (!there || here === there || !here) return undefined
  if (typeOnly && to.endsWith('coordination/coordination.ts')) return undefined
  if (adapters.includes(here)) return `the adapter ${here}/ knows no other folder: server.ts gives it functions`
  if (there === 'http' && !from.endsWith('/routes.ts') && !transports.includes(here)) return 'only routes.ts sees http/'
  const ports = ['events', 'storage', 'coordination', 'http']
  if (ports.includes(there)) return undefined
  return to.endsWith('/access.ts') ? undefined : `a sibling is seen through its access.ts`
}

function findCycles(imports: readonly Import[]): string[] {
  const next = Map.groupBy(imports, ({ from }) => from)
  const done = new Set<string>()
  const findings: string[] = []
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) findings.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`)
    if (done.has(file) || path.includes(file)) return
    for (const { to } of next.get(file) ?? []) walk(to, [...path, file])
    done.add(file)
  }
  for (const file of next.keys()) walk(file, [])
  return findings
}
