import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, resolve } from 'node:path'
import { type Plugin, rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'

const root = join(import.meta.dirname, '../..')
const client = join(root, 'packages/client')
const protocol = join(root, 'packages/protocol')

/** What programs import, and the file that it is made from. */
const entries = {
  index: join(client, 'src/index.ts'),
  errors: join(client, 'src/errors.ts'),
  node: join(client, 'src/node/index.ts'),
}
const exported = { '.': 'index', './errors': 'errors', './node': 'node' } as const

/** The protocol is a part of the package, not a package beside it. */
const ours: Plugin = {
  name: 'ours',
  resolveId: (source) => (source === '@aicq/protocol' ? join(protocol, 'src/index.ts') : null),
}
const stripped: Plugin = {
  name: 'stripped',
  transform: (code, id) => (id.endsWith('.ts') ? { code: stripTypeScriptTypes(code), map: null } : null),
}
const isForeign = (source: string) => !/^[./]|^@aicq\/protocol$/.test(source)

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'))

/** Makes the package @aicq/client as it is published, in an empty folder: JavaScript and types, each of one file an entry. */
export async function packClient(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const script = await rollup({
    input: entries,
    external: isForeign,
    plugins: [ours, stripped],
    treeshake: { moduleSideEffects: 'no-external' },
  })
  await script.write({ dir: folder, format: 'es', chunkFileNames: 'shared.js' })
  const types = await rollup({
    input: entries,
    external: isForeign,
    plugins: [
      ours,
      dts({
        tsconfig: join(root, 'tsconfig.json'),
        compilerOptions: { stripInternal: true, paths: { '@aicq/protocol': [join(protocol, 'src/index.ts')] } },
      }),
    ],
  })
  await types.write({ dir: folder, format: 'es', entryFileNames: '[name].d.ts', chunkFileNames: 'shared.d.ts' })
  const { name, version, description, license, type, engines } = readJson(join(client, 'package.json'))
  const used = readJson(join(protocol, 'package.json')).dependencies
  const manifest = {
    ...{ name, version, description, license, type, engines },
    repository: { type: 'git', url: 'git+https://github.com/aicq/aicq.git', directory: 'packages/client' },
    sideEffects: false,
    exports: Object.fromEntries(
      Object.entries(exported).map(([path, file]) => [path, { types: `./${file}.d.ts`, default: `./${file}.js` }]),
    ),
    files: ['*.js', '*.d.ts'],
    dependencies: used,
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  for (const file of [join(client, 'README.md'), join(root, 'LICENSE')])
    cpSync(file, join(folder, file.split('/').at(-1)!))
}

// node tools/packing/pack-client.ts [FOLDER]
if (import.meta.main) await packClient(resolve(process.argv[2] ?? join(root, 'dist/client')))
