import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCiphertextBody } from '../index.ts'

test('a body of 60 bytes or more in base64 can be ciphertext', () => {
  assert.equal(isCiphertextBody('A'.repeat(80)), true)
  assert.equal(isCiphertextBody(`${'A'.repeat(80)}AA==`), true)
  assert.equal(isCiphertextBody('+/zz'.repeat(2_048)), true)
})

test('what is too short, too long or not base64 cannot', () => {
  const not = {
    nothing: '',
    'a text': 'hello in the clear',
    'a long text': 'hello in the clear '.repeat(10),
    '59 bytes': `${'A'.repeat(79)}=`,
    '8,196 characters': 'A'.repeat(8_196),
    'no padding': 'A'.repeat(82),
    base64url: '-_zz'.repeat(30),
    'a line break': `${'A'.repeat(80)}\n`,
    'a second spelling of its last byte': `${'A'.repeat(80)}AB==`,
  }
  for (const [name, body] of Object.entries(not)) assert.equal(isCiphertextBody(body), false, name)
})
