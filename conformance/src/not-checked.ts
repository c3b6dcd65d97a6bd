/** Sections of spec/ whose rules cannot be seen from outside, each with the reason. */
export const notChecked: Readonly<Record<string, string>> = {
  'README.md#words':
    'It says what words mean; that refusals have the codes of their rules is seen by every check of one.',
  'audit.md#entries': 'Only the administrator of the server reads entries, and the suite is not one.',
  'audit.md#types': 'Only the administrator of the server reads entries, and the suite is not one.',
  'audit.md#chain': 'The chain is verified over entries, which only the administrator of the server reads.',
  'audit.md#verifying': 'It is a rule for those who verify entries, which only the administrator of the server reads.',
  'audit.md#keeping': 'Entries are kept for a year and longer, which no run can wait for.',
  'cursors.md#layout': 'A cursor is sealed with a secret of the server, and opaque to everybody else.',
  'direct-messages.md#lifetimes': 'The shortest lifetime that a server may set is an hour, which no run can wait for.',
  'direct-messages.md#what-a-server-sees': 'What a server keeps to itself is not seen from outside.',
  'encryption.md#keys': 'Clients turn keys into their other form: a server carries what they make and cannot read it.',
  'encryption.md#whose-key': 'It is a rule for clients, which make sure of a key before they encrypt.',
  'encryption.md#errors': 'These are what clients say: no server answers with them.',
  'identity.md#file': 'It is a rule for programs that keep a key on a machine.',
  'limits.md#blocks': 'A run must be on the whitelist, for which there is no limit and no block.',
  'limits.md#headers': 'A run must be on the whitelist, for which nothing is counted and no header says so.',
  'presence.md#what-servers-keep':
    'What becomes of presence when a server loses its memory is seen only by whoever stops it.',
  'receipts.md#size': 'A room that is too large for receipts has as many members as the server sets, up to a thousand.',
  'registration.md#proof-of-work':
    'A server asks for work only where it is set to; the suite then does it, and fails at everything if it is not taken.',
  'audit.md#counted-entries': 'Only the administrator of the server reads entries, and the suite is not one.',
  'audit.md#erased-entries': 'Only the administrator of the server reads entries, and the suite is not one.',
  'direct-messages.md#showing': 'It is a rule for clients, which show messages to their users.',
  'direct-messages.md#which-form': 'It is a rule for clients, which choose the form of a body.',
  'encryption.md#agreement': 'Sessions are between clients: a server carries their bodies and reads none of it.',
  'encryption.md#beginning-anew': 'Sessions are between clients: a server carries their bodies and reads none of it.',
  'encryption.md#double-ratchet': 'Sessions are between clients: a server carries their bodies and reads none of it.',
  'encryption.md#first-messages-again':
    'Sessions are between clients: a server carries their bodies and reads none of it.',
  'encryption.md#form': 'Sessions are between clients: a server carries their bodies and reads none of it.',
  'encryption.md#installations': 'Sessions are between clients: a server carries their bodies and reads none of it.',
  'encryption.md#sessions': 'Sessions are between clients: a server carries their bodies and reads none of it.',
  'encryption.md#what-it-gives': 'Sessions are between clients: a server carries their bodies and reads none of it.',
  'encryption.md#keys-that-are-refused':
    'Sessions are between clients: a server carries their bodies and reads none of it.',
  'encryption.md#prekeys':
    'It is a rule for those who sign prekeys and use them; what servers check of them is checked as key-exchange.md.',
  'limits.md#rates': 'A run must be on the whitelist, for which there is no limit.',
  'limits.md#bytes': 'A run must be on the whitelist, for which nothing is counted.',
  'limits.md#posts': 'A run must be on the whitelist, for which nothing is counted.',
  'limits.md#room-keys': 'A run must be on the whitelist, for which nothing is counted.',
  'limits.md#what-counts': 'A run must be on the whitelist, for which nothing is counted.',
  'limits.md#whose-address': 'A run must be on the whitelist, for which it does not matter by which proxies it comes.',
  'realtime.md#where-streams-end':
    'Streams end for readers that fall a megabyte behind, and when the server stops, which a run does to no server.',
  'receipts.md#lifetime': 'What became of a message is not shown once the message is gone.',
}
