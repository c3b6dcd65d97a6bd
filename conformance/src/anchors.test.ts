import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pagesOfSpec } from './anchors.ts'
import { allChecks } from './checks.ts'
import { notChecked } from './not-checked.ts'

const pages = pagesOfSpec()

/** The headings that belong to one of this depth, which stood before them. */
function partsOf<H extends { readonly depth: number }>(headings: readonly H[], depth: number): readonly H[] {
  const end = headings.findIndex((one) => one.depth <= depth)
  return end < 0 ? headings : headings.slice(0, end)
}

/** Pages that say nothing of what a server does beyond what others say. */
const withoutRules = ['README.md']

test('every rule that a check names, and every one that is not checked, is an anchor of the specification', () => {
  for (const rule of [...allChecks.map((check) => check.rule), ...Object.keys(notChecked)]) {
    const [page = '', anchor] = rule.split('#')
    const headings = pages.get(page)
    assert.ok(headings, `${rule}: there is no such page`)
    if (anchor !== undefined)
      assert.ok(
        headings.some((one) => one.anchor === anchor),
        `${rule}: there is no such heading`,
      )
  }
})

test('every section of the specification is named by a check, or has a part that is, or is in the list of those that cannot be seen from outside', () => {
  const named = new Set([...allChecks.map((check) => check.rule), ...Object.keys(notChecked)])
  const missing = [...pages]
    .filter(([page]) => !withoutRules.includes(page))
    .flatMap(([page, headings]) =>
      headings
        .map((heading, at) => ({ heading, below: partsOf(headings.slice(at + 1), heading.depth) }))
        .filter(({ heading }) => heading.depth > 1)
        .map(({ heading, below }) => [heading, ...below].map(({ anchor }) => `${page}#${anchor}`)),
    )
    .filter((section) => !section.some((rule) => named.has(rule)))
    .map(([rule]) => rule)
  assert.deepEqual(missing, [])
})

test('every section with a MUST of its own is named itself, by its page where it has no heading but that', () => {
  const named = new Set([...allChecks.map((check) => check.rule), ...Object.keys(notChecked)])
  const binding = [...pages].flatMap(([page, sections]) =>
    sections.filter(({ binds }) => binds).map(({ depth, anchor }) => (depth === 1 ? page : `${page}#${anchor}`)),
  )
  assert.ok(binding.length > 100)
  assert.deepEqual(
    binding.filter((rule) => !named.has(rule)),
    [],
  )
})

test('what is checked is not in the list of what cannot be seen, and each entry of that has a sentence', () => {
  const checked = new Set(allChecks.map((check) => check.rule))
  for (const [rule, reason] of Object.entries(notChecked)) {
    assert.ok(!checked.has(rule), `${rule} is checked`)
    assert.match(reason, /^[A-Z].{20,}\.$/)
  }
})

test('no two checks have the same name within a level', () => {
  const names = allChecks.map(({ level, rule, name }) => `${level} ${rule} ${name}`)
  assert.deepEqual(names, [...new Set(names)])
})
