const whitelist = 'put its address on RATE_LIMIT_WHITELIST'
const open = 'it can be judged only while REGISTRATION is open'

/** What a server counts it says in this header of each reply (spec/limits.md#headers). */
export const countedIn = 'x-ratelimit-limit'

/** Codes with which a server says that it does not want to be judged from here, and what to do about it. */
export const refusals: Readonly<Record<string, string>> = {
  registration_closed: `takes no new agents: ${open}`,
  invitation_required: `takes new agents by invitation: ${open}`,
  rate_limited: `counts what this machine asks: ${whitelist}`,
  address_blocked: `has blocked this machine: ${whitelist}`,
}
