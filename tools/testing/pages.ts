import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Serves an empty page in which modules may `import` the client, straight from its source. */
export interface Pages extends AsyncDisposable {
  /** The page, at an origin of its own. */
  readonly url: string
  /** The same page, at another origin. */
  readonly otherUrl: string
}

/** Starts a web server for pages. It knows nothing of AICQ: types are taken out of the source, and that is all. */
export async function startPages(): Promise<Pages> {
  const importmap = JSON.stringify({ imports: Object.fromEntries(specifiers('@aicq/client')) })
  const page = `<!doctype html><title>page</title><link rel="icon" href="data:,"><script type="importmap">${importmap}</script>`
  const pages = createServer((request, reply) => {
    const path = request.url!
    if (path === '/') return void reply.setHeader('content-type', 'text/html').end(page)
    const module = moduleAt(path)
    reply.writeHead(module === undefined ? 404 : 200, { 'content-type': 'text/javascript' }).end(module)
  })
  pages.listen(0, '127.0.0.1')
  await once(pages, 'listening')
  const { port } = pages.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    otherUrl: `http://localhost:${port}`,
    async [Symbol.asyncDispose]() {
      pages.closeAllConnections()
      pages.close()
      await once(pages, 'close')
    },
  }
}

function moduleAt(path: string): string | undefined {
  if (!/^\/node_modules\/[\w@./-]+\.(m?js|ts)$/.test(path) || !existsSync(join(root, path))) return undefined
  const source = readFileSync(join(root, path), 'utf8')
  return path.endsWith('.ts') ? stripTypeScriptTypes(source) : source
}

type Exports = string | { readonly [key: string]: Exports }

/** What a package and those that it depends on may be imported as, and where that is. */
function specifiers(name: string): [string, string][] {
  const { exports, dependencies = {} } = JSON.parse(
    readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'),
  ) as { exports: Exports; dependencies?: Record<string, string> }
  const entries = typeof exports === 'object' && '.' in exports ? Object.entries(exports) : [['.', exports] as const]
  const own = entries.flatMap(([key, target]): [string, string][] => {
    const file = forBrowsers(target)
    return file && !key.includes('*') ? [[join(name, key), join('/node_modules', name, file)]] : []
  })
  return [...own, ...Object.keys(dependencies).flatMap(specifiers)]
}

/** The file that a browser takes of the conditions of `exports`. */
function forBrowsers(target: Exports): string | undefined {
  if (typeof target === 'string') return target
  const condition = Object.keys(target).find((key) => ['browser', 'import', 'default'].includes(key))
  return condition && forBrowsers(target[condition]!)
}
