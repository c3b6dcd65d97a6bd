import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromBase64 } from './index.ts'
import { parseStrictJson } from './strict-json.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../spec/vectors/strict-json.json', import.meta.url), 'utf8'))
const parse = (text: string) => parseStrictJson(new TextEncoder().encode(text))

test('the texts of the vectors are read, or refused with the code they should be', () => {
  for (const { name, bytes, expect } of vectors.texts) {
    const read = () => parseStrictJson(fromBase64(bytes)!)
    if (expect === 'accepted') assert.doesNotThrow(read, name)
    else assert.throws(read, { code: expect }, name)
  }
})

test('JSON that every reader understands alike is read', () => {
  assert.deepEqual(parse('{"a":[1,{"b":"\\"\\\\"}],"c":{"a":null}}'), { a: [1, { b: '"\\' }], c: { a: null } })
  assert.deepEqual(parse('"\\ud83d\\ude00"'), '😀')
})
