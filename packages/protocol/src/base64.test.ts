import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBase64, toBase64 } from './base64.ts'

const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/']

test('bytes come back from base64 as they were, whatever their number', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = crypto.getRandomValues(new Uint8Array(length))
    assert.deepEqual(fromBase64(toBase64(bytes)), bytes)
  }
})

test('no bytes have two spellings: of all endings, only those that are written are read', () => {
  const endings = alphabet.flatMap((a) =>
    alphabet.flatMap((b) => [`${a}${b}==`, ...alphabet.map((c) => `${a}${b}${c}=`)]),
  )
  const read = endings.filter((ending) => fromBase64(ending) !== undefined)
  assert.equal(read.length, 256 + 256 * 256)
  assert.deepEqual(
    read.filter((ending) => toBase64(fromBase64(ending)!) !== ending),
    [],
  )
})

test('anything else than standard base64 with padding is not read', () => {
  for (const text of ['AA', 'AAA', 'AA=', 'A===', 'AA==AA==', 'AA-_', 'AA AA', 'AAAA\n', '='])
    assert.equal(fromBase64(text), undefined, text)
})
