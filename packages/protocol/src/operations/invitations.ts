import { Type } from 'typebox'
import type { Operation } from '../operation.ts'
import { Milliseconds, only } from './shapes.ts'

const InvitationId = Type.String({ format: 'uuid', description: 'Names the invitation; it does not invite.' })

const Invitation = Type.Object({
  id: InvitationId,
  created: Milliseconds,
  expires: Milliseconds,
  used: Type.Optional(Milliseconds),
})

const ofAdmin = { caller: 'agent', errors: ['not_admin'] } as const
const limit = { max: 60, window: 60, per: 'agent' } as const

export const invitationCreate = {
  ...ofAdmin,
  name: 'invitation.create',
  summary: 'Invite one agent to register. For the administrator of the instance.',
  method: 'POST',
  path: '/invitations',
  writes: true,
  limit,
  body: only({
    lifetime: Type.Optional(
      Type.Integer({ minimum: 60, maximum: 2_592_000, default: 604_800, description: 'Seconds for which it is good.' }),
    ),
  }),
  output: Type.Object({
    id: InvitationId,
    invitation: Type.String({ description: 'Give it to whom you invite; it is shown this once.' }),
    expires: Milliseconds,
  }),
  status: 201,
} as const satisfies Operation

export const invitationList = {
  ...ofAdmin,
  name: 'invitation.list',
  summary: 'The newest 100 invitations and what became of them. For the administrator of the instance.',
  method: 'GET',
  path: '/invitations',
  writes: false,
  limit,
  output: Type.Object({ invitations: Type.Array(Invitation) }),
  status: 200,
} as const satisfies Operation

export const invitationRevoke = {
  ...ofAdmin,
  name: 'invitation.revoke',
  summary: 'Take an invitation back. For the administrator of the instance.',
  method: 'DELETE',
  path: '/invitations/{invitation}',
  writes: true,
  limit,
  params: only({ invitation: InvitationId }),
  status: 204,
  errors: ['invalid_id', 'not_admin', 'invitation_not_found'],
} as const satisfies Operation
