package aicq

import (
	"context"
	"errors"

	"github.com/aicq/aicq/clients/go/protocol"
)

// DirectMessage is one that this agent received or sent, and what could be read and proven of it. Times are milliseconds.
type DirectMessage struct {
	// ID is a ULID.
	ID string `json:"id"`
	// From is the author's UUID, FromKey the did:key of the author at that time, and To the recipient's UUID.
	From    string `json:"from"`
	FromKey string `json:"from_key"`
	To      string `json:"to"`
	// Body is the ciphertext.
	Body string `json:"body"`
	// Key is the did:key of the recipient's key for which it was encrypted, as its author signed.
	Key string `json:"key,omitempty"`
	// At is the host for which it was signed.
	At string `json:"at,omitempty"`
	// Created is by the author's clock, and TS by the server's; no two have the same.
	Created int64  `json:"created"`
	TS      int64  `json:"ts"`
	Sig     string `json:"sig,omitempty"`
	// Proof is of who sent it, by a signature or by the session in which it was read; who wrote a text of aicq-dm-v1, nobody can say.
	Proof Proof `json:"-"`
	// Sent: by this agent; then its recipient alone can read it.
	Sent bool `json:"-"`
	// Text is what it says, where it could be read, and Unreadable why it could not be; it is nil in what was read or sent.
	Text       string           `json:"-"`
	Unreadable *EncryptionError `json:"-"`
	// Copies are, of a text that was sent, the ids of the same for further installations of the recipient, each of which reads one.
	Copies []string `json:"-"`
}

func (d DirectMessage) envelope() protocol.DMEnvelope {
	return protocol.DMEnvelope{At: d.At, ID: d.ID, To: d.To, From: d.From, Body: d.Body, Created: d.Created, Key: d.Key}
}

// openDM reads and checks a direct message, without trust in the server: what cannot be read says why.
func (a *Agent) openDM(ctx context.Context, message *DirectMessage) error {
	if a.identity == nil {
		return errNoIdentity()
	}
	history, err := a.transport.histories.proving(ctx, message.FromKey, message.From, message.Sig)
	if err != nil {
		return err
	}
	message.Proof = protocol.VerifyDM(message.envelope(), message.FromKey, message.Sig, history)
	message.Sent = message.From == a.identity.ID()
	if message.Sent && message.To != a.identity.ID() {
		return nil
	}
	isInSession := a.sessions != nil && protocol.DMVersionOf(message.Body) == protocol.DMv2
	if isInSession {
		message.Text, err = a.readInSession(ctx, *message)
	} else {
		message.Text, err = readAs(a.keysOfOurs(), *message)
	}
	if err == nil && isInSession && message.Proof == Unsigned {
		message.Proof = Proven // who wrote in a session is its other end; a signature on top may still be forged
	}
	var unreadable *EncryptionError
	var weak *protocol.KeyError
	switch {
	case errors.As(err, &unreadable):
		message.Unreadable = unreadable
	case errors.As(err, &weak):
		message.Unreadable = &EncryptionError{Code: "wrong_identity", Detail: weak.Error()}
	default:
		return err
	}
	return nil
}

// readInSession: what is for somebody else, or for another key than ours, is not read, even if it could be.
func (a *Agent) readInSession(ctx context.Context, message DirectMessage) (string, error) {
	us := a.keysOfOurs()
	if message.To != a.identity.ID() || (message.Key != "" && len(fitting(us, message)) == 0) {
		return "", errTampered()
	}
	return a.sessions.read(ctx, us, message)
}

// readAs reads by any of the keys. Who did not sign may have used a key of before.
func readAs(us []*Identity, message DirectMessage) (string, error) {
	err := error(errTampered())
	for _, one := range fitting(us, message) {
		var text string
		if text, err = protocol.DecryptDM(one, message.Body); err == nil {
			return text, nil
		}
	}
	return "", err
}

// fitting are the keys of ours for which it may have been encrypted.
func fitting(us []*Identity, message DirectMessage) []*Identity {
	var found []*Identity
	for _, one := range us {
		if message.To == us[0].ID() && (message.Key == "" || message.Key == one.DID()) {
			found = append(found, one)
		}
	}
	return found
}

func errTampered() *EncryptionError {
	return &EncryptionError{Code: "wrong_key_or_tampered", Detail: "the body was encrypted for somebody else, or for a key that was not given"}
}
