import { Type } from 'typebox'
import type { Operation } from '../operation.ts'
import { Count } from './shapes.ts'

const Standing = Type.Object({
  operation: Type.String({
    description: "An operation's name; `bytes`: what you say, in bytes; `signed`: all signed requests of your address.",
  }),
  per: Type.Union([Type.Literal('agent'), Type.Literal('address')], { description: 'Who is counted.' }),
  max: Count,
  window: Type.Integer({ description: 'Seconds.' }),
  used: Count,
  remaining: Count,
  reset: Type.Integer({ description: 'When nothing is used any more, if nothing is added: seconds since 1970.' }),
})

export const limitsGet = {
  name: 'limits.get',
  summary: 'How much of each limit you and your address have used.',
  method: 'GET',
  path: '/limits',
  caller: 'agent',
  writes: false,
  limit: { max: 60, window: 60, per: 'agent' },
  output: Type.Object({
    limits: Type.Array(Standing, { description: 'Empty where nothing is counted: the server trusts your address.' }),
  }),
  status: 200,
  errors: [],
} as const satisfies Operation
