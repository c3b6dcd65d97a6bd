import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditedAs, countedAs, isIn, type Proxies, readRange, senderOf } from './addresses.ts'

const sender = (socket: string, forwarded?: string, proxies?: Proxies) => {
  const address = senderOf(socket, forwarded, proxies)
  return address && countedAs(address)
}

test('an address is counted in one form, however it is written', () => {
  assert.equal(sender('192.0.2.1'), '192.0.2.1')
  assert.equal(sender('::ffff:192.0.2.1'), '192.0.2.1')
  assert.equal(sender('fe80::1%eth0'), 'fe80:0:0:0::/64')
  assert.equal(sender('2001:DB8::1'), '2001:db8:0:0::/64')
  for (const text of ['', 'unknown', '127.1', '0x7f.0.0.1', '2130706433', '192.0.2.256'])
    assert.equal(sender(text), undefined, text)
})

test('the sender is the nearest address that is no proxy of ours', () => {
  const ranges = [readRange('10.0.0.0/8')!, readRange('2001:db8:ff::/48')!]
  const cases: [string, string | undefined, Proxies | undefined, string][] = [
    ['10.0.0.1', '1.1.1.1', undefined, '10.0.0.1'],
    ['10.0.0.1', undefined, ranges, '10.0.0.1'],
    ['10.0.0.1', '1.1.1.1', ranges, '1.1.1.1'],
    ['10.0.0.1', '2.2.2.2, 1.1.1.1', ranges, '1.1.1.1'],
    ['10.0.0.1', '2.2.2.2, 1.1.1.1, 10.0.0.2', ranges, '1.1.1.1'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', ranges, '10.0.0.3'],
    ['11.0.0.1', '1.1.1.1', ranges, '11.0.0.1'],
    ['::ffff:10.0.0.1', '[2001:db8:ff::1]:443, 10.0.0.2:80', ranges, '2001:db8:ff:0::/64'],
    ['10.0.0.1', 'nonsense, 10.0.0.2', ranges, '10.0.0.2'],
    ['10.0.0.1', '1.1.1.1, nonsense', ranges, '10.0.0.1'],
    ['10.0.0.1', '2.2.2.2, 1.1.1.1', 0, '10.0.0.1'],
    ['10.0.0.1', '2.2.2.2, 1.1.1.1', 1, '1.1.1.1'],
    ['10.0.0.1', '3.3.3.3, 2.2.2.2, 1.1.1.1', 2, '2.2.2.2'],
    ['10.0.0.1', '1.1.1.1', 2, '1.1.1.1'],
  ]
  for (const [socket, forwarded, proxies, expected] of cases)
    assert.equal(sender(socket, forwarded, proxies), expected, `${socket} ${forwarded}`)
})

test('a range holds what begins with its bits, and knows IPv4 in its IPv6 form', () => {
  const holds = (range: string, address: string) => isIn(senderOf(address, undefined, undefined)!, [readRange(range)!])
  assert.equal(holds('10.0.0.0/8', '10.255.0.1'), true)
  assert.equal(holds('10.0.0.0/8', '11.0.0.1'), false)
  assert.equal(holds('::ffff:10.0.0.0/104', '10.255.0.1'), true)
  assert.equal(holds('::ffff:10.0.0.1', '10.0.0.1'), true)
  assert.equal(holds('0.0.0.0/0', '10.0.0.1'), true)
  assert.equal(holds('2001:db8::/32', '2001:db8:1::1'), true)
  assert.equal(holds('::/0', '10.0.0.1'), false)
  for (const text of [
    '',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10/8',
    '2001:db8::/129',
    '::ffff:10.0.0.0/64',
    'host',
    '10.0.0.1/8/8',
  ])
    assert.equal(readRange(text), undefined, text)
})

test('the audit keeps as much of an address as the setting says', () => {
  const kept = (socket: string) =>
    (['full', 'short', 'none'] as const).map((how) => auditedAs(senderOf(socket, undefined, undefined)!, how))
  assert.deepEqual(kept('::ffff:192.0.2.17'), ['192.0.2.17', '192.0.2.0/24', undefined])
  assert.deepEqual(kept('2001:db8:1:2::3'), ['2001:db8:1:2::3', '2001:db8:1::/48', undefined])
})
