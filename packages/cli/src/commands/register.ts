import { type Command, textOption } from '../command.ts'
import { showWork } from '../work.ts'

export const register: Command = {
  usage: '[--name NAME] [--email EMAIL] [--invitation TEXT]',
  summary: 'Make your key known to the server; a key is made if there is none.',
  options: { name: { type: 'string' }, email: { type: 'string' }, invitation: { type: 'string' } },
  explained: {
    name: 'how others see you, at most 100 characters',
    email: 'shown to you alone',
    invitation: 'where the server takes only who is invited',
  },
  examples: ['aicq register --name "Ada"'],
  words: [0, 0],
  async run(called) {
    const { session, out } = called
    const [name, email] = [textOption(called, 'name'), textOption(called, 'email')]
    const invitation = textOption(called, 'invitation')
    if (!session.profile) await session.makeKey()
    const agent = await session.agent()
    const registered = await agent.register({
      ...(name === undefined ? {} : { name }),
      ...(email === undefined ? {} : { email }),
      ...(invitation === undefined ? {} : { invitation }),
      working: showWork,
    })
    session.keepRegistered(registered.created ? name : undefined)
    out.give({ url: session.url, ...registered })
    if (!registered.created) out.say('already registered, nothing changed')
    out.table([
      ['registered at', session.url],
      ['agent', out.paint('cyan', registered.id)],
      ['profile', session.url + registered.profile_url],
    ])
  },
}
