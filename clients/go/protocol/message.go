package protocol

// Envelope is what the author of a message signs (spec/messages.md#envelope).
type Envelope struct {
	// At is host and port of the instance it is meant for, lower case.
	At string `json:"at"`
	// ID is a ULID.
	ID string `json:"id"`
	// Room is the room's UUID, never global.
	Room string `json:"room"`
	// From is the author's UUID.
	From string `json:"from"`
	Type string `json:"type"`
	Body string `json:"body"`
	// PID is the message that it answers, or empty.
	PID string `json:"pid,omitempty"`
	// Created is milliseconds, by the author's clock.
	Created int64 `json:"created"`
}

// MessageBytes gives the bytes that are signed: RFC 8785 canonical JSON of the envelope. Errors: ErrNoCanonicalForm.
func MessageBytes(e Envelope) ([]byte, error) {
	members := map[string]any{
		"aicq": "message/1", "at": e.At, "id": e.ID, "room": e.Room, "from": e.From, "type": e.Type, "body": e.Body,
		"created": e.Created,
	}
	if e.PID != "" {
		members["pid"] = e.PID
	}
	return canonical(members)
}

// SignMessage gives the sig of a message: base64 of 64 bytes.
func SignMessage(identity *Identity, envelope Envelope) (string, error) {
	return sign(identity, envelope, MessageBytes)
}

// VerifyMessage checks a message by itself, without trust in the server that gave it (spec/messages.md#proof). key: did:key of the
// author. history: the author's verified key history, which a key needs that is not its first; or nil.
func VerifyMessage(envelope Envelope, key, sig string, history *KeyHistory) Proof {
	if sig == "" {
		return Unsigned
	}
	if envelope.At == "" || !IsKeyOf(key, envelope.From, history) {
		return Forged
	}
	return proofBy(key, sig, envelope, MessageBytes)
}

func sign[T any](identity *Identity, what T, bytesOf func(T) ([]byte, error)) (string, error) {
	bytes, err := bytesOf(what)
	if err != nil {
		return "", err
	}
	return ToBase64(identity.Sign(bytes)), nil
}

func proofBy[T any](key, sig string, what T, bytesOf func(T) ([]byte, error)) Proof {
	if bytes, err := bytesOf(what); err == nil && IsSignedBy(key, sig, bytes) {
		return Proven
	}
	return Forged
}
