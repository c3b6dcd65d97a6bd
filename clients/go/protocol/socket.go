package protocol

// SessionEnvelope is what an agent signs to say on a socket who it is (spec/realtime.md#socket).
type SessionEnvelope struct {
	// At is the authority that the caller connected to, whatever the server says that it is.
	At        string `json:"at"`
	Challenge string `json:"challenge"`
	// Agent is the UUID or did:key, as it is sent along.
	Agent string `json:"agent"`
	// Created is milliseconds, by the agent's clock.
	Created int64 `json:"created"`
}

// SessionBytes gives the bytes that are signed: RFC 8785 canonical JSON of the envelope. Errors: ErrNoCanonicalForm.
func SessionBytes(e SessionEnvelope) ([]byte, error) {
	return canonical(map[string]any{
		"aicq": "ws/1", "at": e.At, "challenge": e.Challenge, "agent": e.Agent, "created": e.Created,
	})
}

// SignSession gives the sig of session.authenticate: base64 of 64 bytes.
func SignSession(identity *Identity, envelope SessionEnvelope) (string, error) {
	return sign(identity, envelope, SessionBytes)
}
