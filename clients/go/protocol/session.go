package protocol

import (
	"bytes"
	"slices"
)

// Session is one end of a session between two installations: plain JSON that the caller keeps, under its id. A step gives a new one; the
// caller keeps that before it sends or shows what came with it, and forgets the old one (spec/encryption.md#sessions).
type Session struct {
	Form string `json:"form"`
	// ID has 32 hexadecimal digits, the same at both ends.
	ID string `json:"id"`
	// Peer is whoever can write in this session, whatever a server says.
	Peer SessionPeer `json:"peer"`
	// Associated goes with every message as associated data, and Opening until the first answer.
	Associated []byte  `json:"associated"`
	Opening    []byte  `json:"opening,omitempty"`
	Ratchet    ratchet `json:"ratchet"`
}

// SessionPeer is the other end of a session. Key: did:key.
type SessionPeer struct {
	Agent        string `json:"agent"`
	Installation string `json:"installation"`
	Key          string `json:"key"`
}

// StartSession begins a session; nothing is sent yet. The caller has compared peer.PublicKey with the peer's id or its signed history of
// keys. now: milliseconds. Errors (*EncryptionError): prekey_invalid, prekey_expired, key_not_canonical, low_order_point; *KeyError.
func StartSession(us Installation, peer Party, bundle Bundle, now int64, newSecret NewSecret) (Session, error) {
	agreed, opening, prekey, err := initiate(us, peer, bundle, now, newSecret)
	if err != nil {
		return Session{}, err
	}
	session := sessionOf(agreed, peer)
	if session.Opening, err = opening.bytes(); err != nil {
		return Session{}, err
	}
	session.Ratchet, err = ratchetOfInitiator(agreed.secret, prekey, newSecret)
	return session, err
}

// Encrypt gives the session after the next message, and its body. Errors (*EncryptionError): not_utf8, too_long (5,966 bytes can be sent
// before the first answer, then 6,062).
func (s Session) Encrypt(text string) (Session, string, error) {
	if _, err := PlainText([]byte(text)); err != nil {
		return s, "", err
	}
	start, err := writeStart(s.ID, s.Opening)
	if err != nil {
		return s, "", err
	}
	next := s
	var message []byte
	if next.Ratchet, message, err = s.Ratchet.encrypt([]byte(text), slices.Concat(s.Associated, start)); err != nil {
		return s, "", err
	}
	body, err := writeBody(slices.Concat(start, message))
	return next, body, err
}

// Decrypt reads a message of a session. When it fails, the session that was given is good as before. Errors (*EncryptionError): those of
// ReadSessionBody; wrong_session, already_read, too_many_skipped, key_not_canonical, low_order_point, wrong_key_or_tampered.
func (s Session) Decrypt(body string, newSecret NewSecret) (Session, []byte, error) {
	read, err := ReadSessionBody(body)
	if err != nil {
		return s, nil, err
	}
	if read.Session != s.ID {
		return s, nil, encryptionError("wrong_session")
	}
	next := s
	next.Opening = nil
	var plain []byte
	next.Ratchet, plain, err = s.Ratchet.decrypt(read.message, slices.Concat(s.Associated, read.start), newSecret)
	if err != nil {
		return s, nil, err
	}
	return next, plain, nil
}

// Accepted is a first message, and what its reader does in the transaction that keeps the session.
type Accepted struct {
	Session Session
	Plain   []byte
	// Spent is the id of the one-time prekey that is used up: erase it. If it is empty, the same message could begin the same session once
	// more: refuse it if FirstMessageID has been seen, and remember it as long as the prekeys that were used.
	Spent          string
	FirstMessageID string
}

// AcceptSession reads a message that begins a session which is not there yet. The caller has compared publicKey, the identity key of the
// message's author, with the author's id or its signed history of keys. prekeys gives our own by their ids. Errors: those of
// ReadSessionBody and Decrypt, wrong_identity, prekey_unknown (*EncryptionError), *KeyError.
func AcceptSession(
	us Installation, author string, publicKey []byte, prekeys func(id string) (PrekeySecret, bool), body string, newSecret NewSecret,
) (Accepted, error) {
	read, err := ReadSessionBody(body)
	if err != nil {
		return Accepted{}, err
	}
	opening := read.Opening
	if opening == nil {
		return Accepted{}, &EncryptionError{"wrong_session", "the session is not there, and this message does not begin it"}
	}
	if !bytes.Equal(opening.IdentityKey, publicKey) {
		return Accepted{}, encryptionError("wrong_identity")
	}
	signed, _, err := ownPrekey(prekeys, opening.SignedPrekey, "signed")
	if err != nil {
		return Accepted{}, err
	}
	accepted := Accepted{}
	var oneTime *keyPair
	if opening.OneTimePrekey != "" {
		pair, purpose, err := ownPrekey(prekeys, opening.OneTimePrekey, "one-time", "last-resort")
		if err != nil {
			return Accepted{}, err
		}
		oneTime = &pair
		if purpose == "one-time" {
			accepted.Spent = opening.OneTimePrekey
		}
	}
	them := Party{author, opening.Installation, publicKey}
	agreed, err := accept(us, them, *opening, signed, oneTime)
	if err != nil {
		return Accepted{}, err
	}
	session := sessionOf(agreed, them)
	if read.Session != session.ID {
		return Accepted{}, encryptionError("wrong_session")
	}
	accepted.FirstMessageID = agreed.firstMessageID
	begun := ratchet{Root: agreed.secret, Ours: signed}
	session.Ratchet, accepted.Plain, err = begun.decrypt(read.message, slices.Concat(agreed.associated, read.start), newSecret)
	accepted.Session = session
	return accepted, err
}

func ownPrekey(prekeys func(string) (PrekeySecret, bool), id string, purposes ...string) (keyPair, string, error) {
	kept, ok := prekeys(id)
	if !ok || !slices.Contains(purposes, kept.Purpose) {
		return keyPair{}, "", encryptionError("prekey_unknown")
	}
	pair, err := keyPairOf(kept.SecretKey)
	return pair, kept.Purpose, err
}

func sessionOf(agreed agreement, peer Party) Session {
	return Session{
		Form: DMv2, ID: agreed.firstMessageID[:32], Associated: agreed.associated,
		Peer: SessionPeer{peer.Agent, peer.Installation, DIDKeyOf(peer.PublicKey)},
	}
}
