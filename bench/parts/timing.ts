import { newAuthor } from './posts.ts'

/** Registers somebody, so that there is an author. */
export async function registerOne(url: string): Promise<void> {
  const public_key = Buffer.from(newAuthor().publicKey).toString('base64')
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`${url}/register`, { method: 'POST', headers, body: JSON.stringify({ public_key }) })
  if (reply.status !== 201) throw new Error(`registering answered ${reply.status}`)
}

/** Milliseconds of each of `times` requests for a URL, one after the other. */
export async function timeRequests(url: string, times: number, check: (body: never) => boolean): Promise<number[]> {
  const took: number[] = []
  for (let n = 0; n < times; n++) {
    const from = performance.now()
    const reply = await fetch(url)
    const body = await reply.json()
    took.push(performance.now() - from)
    if (!reply.ok || !check(body as never)) throw new Error(`${url} answered ${reply.status}`)
  }
  return took
}
