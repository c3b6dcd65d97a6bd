import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromBase64, publicKeyOfDidKey } from '@aicq/protocol'
import { verifierOf } from './verify.ts'

interface Vector {
  readonly expect: string
  readonly canonical: string
  readonly message: { readonly key: string; readonly sig: string }
}

const file = new URL('../../../../spec/vectors/messages.json', import.meta.url)
const proven = (JSON.parse(readFileSync(file, 'utf8')).messages as Vector[]).filter(({ expect }) => expect === 'proven')

for (const [library, given] of [
  ['libsodium', undefined],
  ['OpenSSL', null],
] as const)
  test(`${library} takes the signatures of the vectors, and none that differs in a bit`, async () => {
    assert.equal(proven.length, 5)
    for (const { canonical, message } of proven) {
      const verify = verifierOf(publicKeyOfDidKey(message.key)!, given)
      const [bytes, signature] = [Buffer.from(canonical), fromBase64(message.sig)!]
      assert.equal(await verify(bytes, signature), true)
      for (const at of [0, 31, 32, 62]) {
        const other = Uint8Array.from(signature)
        other[at]! ^= 1
        assert.equal(await verify(bytes, other), false)
      }
      assert.equal(await verify(Buffer.concat([bytes, Buffer.from(' ')]), signature), false)
      assert.equal(await verify(bytes, signature.subarray(1)), false)
    }
  })
