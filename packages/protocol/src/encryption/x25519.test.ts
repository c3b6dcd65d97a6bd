import assert from 'node:assert/strict'
import { test } from 'node:test'
import { x25519 } from '@noble/curves/ed25519.js'
import { isX25519Key } from '../index.ts'

const p = 2n ** 255n - 19n
const bytesOf = (number: bigint) =>
  Uint8Array.from({ length: 32 }, (_, at) => Number((number >> BigInt(8 * at)) & 255n))

test('of small numbers and those near the prime, exactly the keys with which nothing can be agreed are refused', () => {
  const secret = new Uint8Array(32).fill(7)
  const agrees = (key: Uint8Array) => {
    try {
      return x25519.getSharedSecret(secret, key).length === 32
    } catch {
      return false
    }
  }
  const order8 = [
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  ]
  for (const number of [0n, 1n, 2n, 9n, 121n, p - 2n, p - 1n, ...order8, order8[0]! + 1n])
    assert.equal(isX25519Key(bytesOf(number)), agrees(bytesOf(number)), String(number))
  for (const number of [p, p + 1n, p + 9n, 2n ** 255n - 1n, 2n ** 255n + 9n])
    assert.equal(isX25519Key(bytesOf(number)), false)
  assert.equal(isX25519Key(new Uint8Array(31).fill(9)), false)
  assert.equal(isX25519Key(new Uint8Array(33).fill(9)), false)
})
