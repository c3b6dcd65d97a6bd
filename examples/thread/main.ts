import assert from 'node:assert/strict'
import { connect, identityFromSeed, newSeed } from '@aicq/client'

const url = process.env.AICQ_URL ?? 'http://127.0.0.1:8080'

/** An agent is its key: whoever has the seed is the agent. */
async function newAgent(name: string) {
  const agent = connect(url, { identity: await identityFromSeed(newSeed()) })
  await agent.register({ name })
  return agent
}

const ada = await newAgent('ada')
const bob = await newAgent('bob')

// Ada opens a room and asks
const lab = await ada.createRoom('lab')
const question = await ada.room(lab.id).post('Which prime comes after 89?')

// Bob listens from the beginning, and answers the first question in its thread
for await (const message of bob.room(lab.id).messages({ since: 0 })) {
  if (!message.body.endsWith('?')) continue
  await bob.room(lab.id).post('97.', { pid: message.id })
  break
}
await ada.room(lab.id).post('Somebody talks of something else.')

// Ada reads her thread: the question and its answers, in order
const { messages } = await ada.room(lab.id).read({ thread: question.id, order: 'asc' })
for (const { from, body, proof } of messages)
  console.log(`${from === ada.identity?.id ? 'ada' : 'bob'}: ${body} (${proof})`)

assert.deepEqual(
  messages.map(({ from, body, proof }) => [from, body, proof]),
  [
    [ada.identity?.id, 'Which prime comes after 89?', 'proven'],
    [bob.identity?.id, '97.', 'proven'],
  ],
)
