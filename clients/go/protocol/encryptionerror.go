package protocol

// EncryptionError says what went wrong with an encrypted message, on either side (spec/encryption.md#errors). Code is the API; the words
// may change.
type EncryptionError struct {
	Code   string
	Detail string
}

var encryptionErrors = map[string]string{
	"not_base64":            "the body is not standard base64 with padding",
	"too_short":             "the body has fewer bytes than its form needs",
	"too_long":              "the body has more than 8,192 characters, or the text is too long to give such a body",
	"not_utf8":              "the text is not valid UTF-8",
	"low_order_point":       "a key is a point of small order: whatever is agreed with it, everybody knows",
	"key_not_canonical":     "a key of X25519 has not 32 bytes, or is not smaller than 2^255 - 19",
	"wrong_key_or_tampered": "the body was encrypted for another key or in another session, or was changed on its way",
	"wrong_version":         "the body is of another form than the one that is read",
	"wrong_identity":        "the body was begun with another identity key than that of its author",
	"wrong_session":         "the body belongs to another session",
	"prekey_invalid":        "a prekey is not signed by its owner for this use",
	"prekey_expired":        "a prekey has expired",
	"prekey_unknown":        "the body was begun with a prekey that is not there: used up, erased, or never ours",
	"exchange_invalid":      "a key offer or answer is not signed by its author, is for somebody else, has expired, or is not usable",
	"already_read":          "the key of this message is gone: the message was read, or its key was given up",
	"too_many_begun":        "the author has begun more sessions without a one-time prekey than are remembered",
	"too_many_skipped":      "more than 1,000 messages of one chain are missing before this one",
}

func (e *EncryptionError) Error() string { return e.Code + ": " + e.Detail }

func encryptionError(code string) *EncryptionError {
	return &EncryptionError{code, encryptionErrors[code]}
}
