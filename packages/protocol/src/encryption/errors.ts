/** Why something could not be encrypted or read (spec/encryption.md#errors). `code` is the API; the words may change. */
export const encryptionErrors = {
  not_base64: 'The body is not standard base64 with padding.',
  too_short: 'The body has fewer bytes than its form needs.',
  too_long: 'The body has more than 8,192 characters, or the text is too long to give such a body.',
  not_utf8: 'The text is not valid UTF-8, or has half a surrogate pair.',
  low_order_point: 'A key is a point of small order: whatever is agreed with it, everybody knows.',
  key_not_canonical: 'A key of X25519 has not 32 bytes, or is written as a number that is not smaller than 2^255 - 19.',
  wrong_key_or_tampered: 'The body was encrypted for another key or in another session, or was changed on its way.',
  wrong_version: 'The body is of another form than the one that is read.',
  wrong_identity: 'The body was begun with another identity key than that of its author.',
  wrong_session: 'The body belongs to another session.',
  prekey_invalid: 'A prekey is not signed by its owner for this use.',
  prekey_expired: 'A prekey has expired.',
  prekey_unknown: 'The body was begun with a prekey that is not there: it is used up, erased, or was never ours.',
  exchange_invalid: 'A key offer or answer is not signed by its author, is for somebody else, or has expired.',
  already_read: 'The key of this message is gone: the message was read, or its key was given up.',
  too_many_begun: 'The author has begun more sessions without a one-time prekey than are remembered.',
  too_many_skipped: 'More than 1,000 messages of one chain are missing before this one.',
} as const satisfies Record<string, string>

export type EncryptionErrorCode = keyof typeof encryptionErrors

/** What went wrong with an encrypted message, on either side. */
export class EncryptionError extends Error {
  override readonly name = 'EncryptionError'
  readonly code: EncryptionErrorCode

  constructor(code: EncryptionErrorCode, detail: string = encryptionErrors[code], options?: ErrorOptions) {
    super(detail, options)
    this.code = code
  }
}
