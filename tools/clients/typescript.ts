import { connect } from '@aicq/client'
import { openIdentity } from '@aicq/client/node'

// The client of TypeScript as the others are called in interop.test.ts: each command prints one line of JSON.
const [command = '', ...words] = process.argv.slice(2)

async function run(): Promise<unknown> {
  if (command === 'new') return { id: (await openIdentity(words[0]!, 'http://127.0.0.1:1')).identity.id }
  const [url, file, ...rest] = words as [string, string, ...string[]]
  const agent = connect(url, await openIdentity(file, url))
  const option = (name: string) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined)
  const [one, two] = rest
  switch (command) {
    case 'register': {
      const name = option('--name')
      return agent.register(name === undefined ? {} : { name })
    }
    case 'post': {
      const pid = option('--pid')
      return agent.room(one!).post(two!, pid === undefined ? {} : { pid })
    }
    case 'read':
      return { messages: (await agent.room(one!).read({ order: 'asc', limit: 200 })).messages }
    case 'dm':
      return agent.dm(one!).send(two!)
    case 'dms': {
      const dms = []
      for await (const dm of agent.dms({ since: 0, follow: false })) dms.push(dm)
      return { dms }
    }
    default:
      throw new Error(`there is no command ${command}`)
  }
}

console.log(JSON.stringify(await run()))
