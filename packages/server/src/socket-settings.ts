import { publicUrl } from './setting-values.ts'
import { list, whole } from './settings.ts'

/** Who may open sockets, and how many. */
export const socketSettings = {
  allowedOrigins: list({
    env: 'ALLOWED_ORIGINS',
    allowed: 'a comma list of http or https URLs without a path',
    one: (value) => publicUrl(value)?.origin,
    meaning: "Pages of other sites that may open sockets here: browsers say whose page it is. The server's own may.",
  }),
  socketsPerAgent: whole({
    env: 'SOCKETS_PER_AGENT',
    min: 1,
    max: 10_000,
    fallback: 20,
    meaning: 'Sockets that an agent may have open here; one more is closed with 4005.',
  }),
  socketsPerAddress: whole({
    env: 'SOCKETS_PER_ADDRESS',
    min: 1,
    max: 1_000_000,
    fallback: 200,
    meaning: 'Sockets that may be open from one address; one more is closed with 4005.',
  }),
}
