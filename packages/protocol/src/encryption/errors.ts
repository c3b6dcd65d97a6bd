/** Why something could not be encrypted or read (spec/encryption.md#errors). `code` is the API; the words may change. */
export const encryptionErrors = {
  not_base64: 'The body is not standard base64 with padding.',
  too_short: 'The body has fewer bytes than its form needs.',
  too_long: 'The body has more than 8,192 characters, or the text is too long to give such a body.',
  not_utf8: 'The text is not valid UTF-8, or has half a surrogate pair.',
  low_order_point: 'A key is a point of small order: whatever is agreed with it, everybody knows.',
  wrong_key_or_tampered: 'The body was encrypted for another key, or was changed on its way.',
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
