import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseStrictJson } from './strict-json.ts'

const parse = (text: string) => parseStrictJson(new TextEncoder().encode(text))

test('JSON that every reader understands alike is read', () => {
  assert.deepEqual(parse('{"a":[1,{"b":"\\"\\\\"}],"c":{"a":null}}'), { a: [1, { b: '"\\' }], c: { a: null } })
  assert.deepEqual(parse('"\\ud83d\\ude00"'), '😀')
})

test('what readers could understand differently is refused', () => {
  const bad = [
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"__proto__":1}',
    '{"a":{"__proto__":{}}}',
    '{a:1}',
    '',
    '\ufeff{}',
    `${'['.repeat(33)}${']'.repeat(33)}`,
  ]
  for (const text of bad) assert.throws(() => parse(text), { code: 'invalid_json' }, text)
  assert.throws(() => parseStrictJson(Uint8Array.from([0x22, 0xff, 0x22])), { code: 'invalid_json' })
  for (const text of ['"\\u0000"', '"\\ud800"', '{"\\udc00":1}'])
    assert.throws(() => parse(text), { code: 'invalid_request' }, text)
  assert.doesNotThrow(() => parse(`${'['.repeat(32)}${']'.repeat(32)}`))
})
