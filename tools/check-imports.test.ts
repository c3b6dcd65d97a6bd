import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { findForbiddenImports } from './check-imports.ts'

/** What is found in a tree of these files. */
function findIn(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'aicq-imports-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return findForbiddenImports(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const server = 'packages/server/src'
const forbidden: [string, string, string, RegExp][] = [
  ['protocol imports nothing of ours', 'packages/protocol/src/a.ts', `import '@aicq/client'`, /protocol does not see/],
  [
    'client and server are strangers',
    'packages/client/src/a.ts',
    `await import('@aicq/server')`,
    /client does not see/,
  ],
  ['server does not see client', `${server}/a.ts`, `export { x } from '../../client/src/b.ts'`, /server does not see/],
  ['the contract runs in browsers', 'packages/protocol/src/a.ts', `import { x } from 'node:fs'`, /browsers/],
  ['the client runs in browsers', 'packages/client/src/a.ts', `import './node/b.ts'`, /browsers/],
  ['examples know the wire alone', 'examples/a/a.ts', `import '@aicq/server'`, /wire alone/],
  ['nothing shipped sees the tools', `${server}/a.ts`, `import '../../../tools/b.ts'`, /what is shipped/],
  ['adapters know no other folder', `${server}/storage/a.ts`, `import '../rooms/b.ts'`, /adapter storage/],
  [
    'adapters know types of the port alone',
    `${server}/http/a.ts`,
    `import { x } from '../coordination/coordination.ts'`,
    /adapter http/,
  ],
  ['only routes.ts sees http/', `${server}/rooms/a.ts`, `import '../http/b.ts'`, /only routes\.ts/],
  ['a sibling is seen through its gate', `${server}/rooms/a.ts`, `import '../agents/agents.sql.ts'`, /access\.ts/],
  ['only server.ts sees the settings', `${server}/rooms/a.ts`, `import { x } from '../config.ts'`, /sees the whole/],
  ['the driver stops at storage/', `${server}/rooms/a.ts`, `import pg from 'pg'`, /pg stops/],
  ['Fastify stops at http/', `${server}/rooms/a.ts`, `import f from 'fastify'`, /Fastify stops/],
]

for (const [rule, file, text, finding] of forbidden)
  test(rule, () => {
    const found = findIn({ [file]: text })
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0]!, finding)
  })

test('what the rules allow is not found', () => {
  const files = {
    [`${server}/server.ts`]: `import './rooms/routes.ts'; import './config.ts'`,
    [`${server}/rooms/routes.ts`]: `import type { S } from '../http/serve.ts'; import '../agents/access.ts'`,
    [`${server}/rooms/rooms.test.ts`]: `import '../../../../tools/testing/server.ts'; import '../http/serve.ts'`,
    'packages/client/src/node/a.ts': `import 'node:fs'; import '../b.ts'`,
    'packages/cli/src/a.ts': `await import('@aicq/server'); import '@aicq/client'`,
  }
  assert.deepEqual(findIn(files), [])
})

test('a circle of imports is found, one of types is none', () => {
  const circle = (kind: string) => ({
    'tools/a.ts': `${kind} './b.ts'`,
    'tools/b.ts': `import './c.ts'`,
    'tools/c.ts': `import './a.ts'`,
  })
  assert.deepEqual(findIn(circle('import')), ['cycle: tools/a.ts → tools/b.ts → tools/c.ts → tools/a.ts'])
  assert.deepEqual(findIn(circle('import type { X } from')), [])
})
