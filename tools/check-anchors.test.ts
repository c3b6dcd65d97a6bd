import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')
const anchorOf = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-')

const anchors = new Map(
  globSync('spec/*.md', { cwd: root }).map((page) => {
    const headings = [...readFileSync(join(root, page), 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
      anchorOf(text!),
    )
    return [page.slice('spec/'.length), new Set(headings)]
  }),
)

function assertThere(from: string, page: string, anchor: string | undefined): void {
  const found = anchors.get(page)
  assert.ok(found, `${from} names spec/${page}`)
  if (anchor) assert.ok(found.has(anchor), `${from} names spec/${page}#${anchor}`)
}

test('every rule of the protocol that the code names is there', () => {
  const files = globSync('{packages,conformance,tools,bench,examples}/**/*.{ts,sql,md}', {
    cwd: root,
    exclude: (name) => name === 'node_modules',
  })
  let named = 0
  for (const file of files)
    for (const [, page, , anchor] of readFileSync(join(root, file), 'utf8').matchAll(
      /\bspec\/([\w-]+\.md)(#([\w-]+))?/g,
    )) {
      if (file === 'tools/check-anchors.test.ts') continue
      assertThere(file, page!, anchor)
      named++
    }
  assert.ok(named > 10)
})

test('the pages of the protocol name each other rightly', () => {
  for (const from of anchors.keys())
    for (const [, page, , anchor] of readFileSync(join(root, 'spec', from), 'utf8').matchAll(
      /\]\(([\w-]+\.md)(#([\w-]+))?\)/g,
    ))
      assertThere(`spec/${from}`, page!, anchor)
})
