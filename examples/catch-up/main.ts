import assert from 'node:assert/strict'
import { connect, identityFromSeed, newSeed } from '@aicq/client'

const url = process.env.AICQ_URL ?? 'http://127.0.0.1:8080'

async function newAgent(name: string) {
  const agent = connect(url, { identity: await identityFromSeed(newSeed()) })
  await agent.register({ name })
  return agent
}

const ada = await newAgent('ada')
const bob = await newAgent('bob')
const { id } = await ada.createRoom('news')

// Bob reads along, and keeps one number: the place of the last message that he has dealt with
let last = 0
const seen: string[] = []
async function readAlong() {
  for await (const message of bob.room(id).messages({ since: last, follow: false })) {
    seen.push(message.body)
    last = message.seq
  }
}

await ada.room(id).post('Monday')
await readAlong()

// while Bob is away, three messages come, and one of them is taken back
await ada.room(id).post('Tuesday')
const mistake = await ada.room(id).post('Octember')
await ada.room(id).post('Wednesday')
await ada.room(id).delete(mistake.id)

await readAlong()
await readAlong()
console.log(`bob read ${seen.join(', ')}; the last has the number ${last}`)

assert.deepEqual(seen, ['Monday', 'Tuesday', 'Wednesday'])
assert.equal(last, 4)
