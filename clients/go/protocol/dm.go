package protocol

// DMEnvelope is what the author of a direct message signs (spec/encryption.md#signed-direct-messages).
type DMEnvelope struct {
	// At is host and port of the instance it is meant for, lower case.
	At string `json:"at"`
	// ID is a ULID.
	ID string `json:"id"`
	// To is the recipient's UUID, and From the author's.
	To   string `json:"to"`
	From string `json:"from"`
	// Body is the ciphertext, as it travels.
	Body string `json:"body"`
	// Created is milliseconds, by the author's clock.
	Created int64 `json:"created"`
	// Key is the did:key of the recipient's key for which it was encrypted.
	Key string `json:"key"`
}

// DMBytes gives the bytes that are signed: RFC 8785 canonical JSON of the envelope. Errors: ErrNoCanonicalForm.
func DMBytes(e DMEnvelope) ([]byte, error) {
	return canonical(map[string]any{
		"aicq": "dm/1", "at": e.At, "id": e.ID, "to": e.To, "from": e.From, "body": e.Body, "created": e.Created, "key": e.Key,
	})
}

// SignDM gives the sig of a direct message: base64 of 64 bytes. Who signs can no longer deny that they wrote to the recipient.
func SignDM(identity *Identity, envelope DMEnvelope) (string, error) {
	return sign(identity, envelope, DMBytes)
}

// VerifyDM checks a direct message by itself, without trust in the server that gave it. fromKey: did:key of the author. history: the
// author's verified key history, which a key needs that is not its first; or nil.
func VerifyDM(envelope DMEnvelope, fromKey, sig string, history *KeyHistory) Proof {
	if sig == "" {
		return Unsigned
	}
	if envelope.At == "" || envelope.Key == "" || !IsKeyOf(fromKey, envelope.From, history) {
		return Forged
	}
	return proofBy(fromKey, sig, envelope, DMBytes)
}
