import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { agents, type Operation, ProtocolError } from '@aicq/protocol'
import { readKey } from '../agents/access.ts'
import { type Identification, identify } from './caller.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../../spec/vectors/rfc9421.json', import.meta.url), 'utf8'))
const known = Object.values<{ agent_id: string; did_key: string }>(vectors.agents)
const now = 1_790_000_000_000

/** A server called aicq.example that knows the agents of the vectors. */
function identification(changes: Partial<Identification> = {}): Identification {
  const used = new Set<string>()
  return {
    now: () => now,
    async whoSigned(keyid, bytes, signature) {
      const found = known.find(({ agent_id, did_key }) => [agent_id, did_key].includes(keyid))
      if (!found) throw new ProtocolError('agent_unknown', keyid)
      const { did, verify } = readKey(found.did_key)!
      return (await verify(bytes, signature)) ? { id: found.agent_id, did, keyVersion: 1 } : undefined
    },
    isCurrent: async () => true,
    readKey,
    async claimNonce(agent, nonce) {
      const fresh = !used.has(`${agent} ${nonce}`)
      used.add(`${agent} ${nonce}`)
      return fresh
    },
    isOwnName: (name) => ['aicq.example', 'evil.example'].includes(name),
    ownNames: () => 'PUBLIC_URL names aicq.example',
    acceptV0: true,
    ...changes,
  }
}

const requestOf = ({ body, ...vector }: { body: string; headers: Record<string, string> }) => ({
  id: 'r',
  ...(vector as never as { method: string; authority: string; path: string; query: string }),
  headers: vector.headers,
  body: Buffer.from(body, 'base64'),
})

test('each signed request of the vectors is accepted, or refused with the code of what is wrong with it', async () => {
  const read: Operation = agents.agentMe
  for (const vector of vectors.requests) {
    const outcome = await identify(requestOf(vector), read, false, identification()).then(
      ({ agent }) => (agent?.id === vectors.agents.ada.agent_id ? 'accepted' : 'somebody else'),
      ({ code }) => code,
    )
    assert.equal(outcome, vector.expect, vector.name)
  }
})

test('a signature is good from 5 s ahead of the server to 30 s behind it', async () => {
  const request = requestOf(vectors.requests[0])
  const at = (time: number) =>
    identify(request, agents.agentMe, false, identification({ now: () => time })).then(
      () => 'accepted',
      ({ code, extra }) => `${code} ${extra.server_time}`,
    )
  assert.equal(await at(now - 5_000), 'accepted')
  assert.equal(await at(now - 5_001), `clock_skew ${now - 5_001}`)
  assert.equal(await at(now + 30_000), 'accepted')
  assert.equal(await at(now + 30_001), `clock_skew ${now + 30_001}`)
})

test('the nonce counts only once the signature has verified', async () => {
  const by = identification()
  const good = requestOf(vectors.requests[0])
  const forged = requestOf(vectors.requests.find(({ name }: { name: string }) => name === 'another method'))
  await assert.rejects(identify(forged, agents.agentMe, false, by), { code: 'signature_invalid' })
  for (const fresh of [true, false]) {
    const { isFresh } = await identify(good, agents.agentMe, false, by)
    assert.equal(await isFresh?.(), fresh)
  }
})

test('while the clock, the host or the digest is wrong, no key is looked for and no signature verified', async () => {
  const [good] = vectors.requests
  const altered = vectors.requests.find(({ name }: { name: string }) => name === 'another body')
  const whoSigned = async () => assert.fail('a signature was verified')
  for (const [code, vector, changes] of [
    ['clock_skew', good, { now: () => now + 60_000 }],
    ['authority_wrong', good, { isOwnName: () => false }],
    ['digest_mismatch', altered, {}],
  ] as const) {
    const by = identification({ whoSigned, ...changes })
    await assert.rejects(identify(requestOf(vector), agents.agentMe, false, by), { code }, code)
  }
})
