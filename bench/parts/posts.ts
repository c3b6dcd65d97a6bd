import { createHash, createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { agentIdOf, messageBytes, newMessageId, signatureBase, toBase64 } from '@aicq/protocol'

/** An agent that signs with node:crypto, which is faster than what works in browsers too. */
export interface Author {
  readonly id: string
  readonly publicKey: Uint8Array
  readonly key: KeyObject
}

const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex')

export function newAuthor(): Author {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, randomBytes(32)]), format: 'der', type: 'pkcs8' })
  const { x } = key.export({ format: 'jwk' })
  const publicKey = Buffer.from(x!, 'base64url')
  return { id: agentIdOf(publicKey), publicKey, key }
}

/** How a post proves its author: by a signed request, or by a signature of the message itself. */
export type Proof = 'request' | 'message'

/** Where posts go; a private room has a key, and whoever posts with it is no member. */
export interface Target {
  readonly room: string
  readonly key?: string
}

/** A post of 300 bytes as it goes over the wire, signed for now; `timed`: it says when that was, in ms. */
export function rawPost(host: string, author: Author, proof: Proof, { room, key }: Target, timed = false): Buffer {
  const time = timed ? `t${(performance.timeOrigin + performance.now()).toFixed(3)} ` : ''
  const text = time + randomBytes(150).toString('hex').slice(time.length)
  const members = proof === 'request' ? { body: text } : signedMessage(host, author, text, room)
  const body = Buffer.from(JSON.stringify(members))
  const path = `/v1/room/${room}`
  const signed = proof === 'request' ? signedHeaders(host, author, body, path) : ''
  const headers = key === undefined ? signed : `${signed}X-AICQ-Room-Key: ${key}\r\n`
  const head = `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${headers}\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

function signedMessage(at: string, author: Author, body: string, room: string): object {
  const created = Date.now()
  const envelope = { at, id: newMessageId(created), from: author.id, type: 'text', body, created }
  return { ...envelope, sig: toBase64(sign(null, messageBytes({ ...envelope, room }), author.key)) }
}

function signedHeaders(authority: string, author: Author, body: Buffer, path: string): string {
  const covered = ['@method', '@authority', '@path', '@query', 'content-digest']
  const contentDigest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const names = covered.map((name) => `"${name}"`).join(' ')
  const created = Math.floor(Date.now() / 1000)
  const nonce = randomBytes(16).toString('hex')
  const parameters = `(${names});created=${created};nonce="${nonce}";keyid="${author.id}";tag="aicq"`
  const parts = { method: 'POST', authority, path, query: '?', contentDigest }
  const signature = sign(null, signatureBase({ covered, parameters }, parts), author.key).toString('base64')
  return `Content-Digest: ${contentDigest}\r\nSignature-Input: a=${parameters}\r\nSignature: a=:${signature}:\r\n`
}
