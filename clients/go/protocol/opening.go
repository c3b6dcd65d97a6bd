package protocol

import (
	"encoding/hex"
	"slices"
	"strings"
)

// Opening is what the first messages of a session carry, so that the other side can agree on its secret (spec/encryption.md#agreement).
type Opening struct {
	// IdentityKey is the initiator's: 32 bytes, Ed25519.
	IdentityKey  []byte
	Installation string
	// EphemeralKey has 32 bytes, X25519.
	EphemeralKey []byte
	// SignedPrekey and OneTimePrekey are ids of the prekeys that were used; the second may be empty.
	SignedPrekey  string
	OneTimePrekey string
}

const openingLength = 96

var noPrekey = strings.Repeat("0", 16)

func (o Opening) bytes() ([]byte, error) {
	oneTime := o.OneTimePrekey
	if oneTime == "" {
		oneTime = noPrekey
	}
	installation, isUUID := uuidBytes(o.Installation)
	prekeys, err := hex.DecodeString(o.SignedPrekey + oneTime)
	if err != nil || !isUUID || len(prekeys) != 16 {
		return nil, encryptionError("prekey_invalid")
	}
	return slices.Concat(o.IdentityKey, installation, o.EphemeralKey, prekeys), nil
}

// readOpening reads 96 bytes.
func readOpening(bytes []byte) *Opening {
	opening := &Opening{
		IdentityKey: slices.Clone(bytes[:32]), Installation: uuidOf(bytes[32:48]), EphemeralKey: slices.Clone(bytes[48:80]),
		SignedPrekey: hex.EncodeToString(bytes[80:88]), OneTimePrekey: hex.EncodeToString(bytes[88:96]),
	}
	if opening.OneTimePrekey == noPrekey {
		opening.OneTimePrekey = ""
	}
	return opening
}

// SessionBody is a body of aicq-dm-v2 as it was received (spec/encryption.md#form).
type SessionBody struct {
	// Session is 32 hexadecimal digits.
	Session string
	// Opening is there in the messages before the first answer.
	Opening *Opening
	// start is what comes before the ratchet's message, and is bound to it.
	start   []byte
	message []byte
}

const (
	magic       = "aicq-dm-2"
	startLength = len(magic) + 1 + 16
	tagLength   = 16
)

// writeStart gives what comes before the ratchet's message; opening has 96 bytes, or none.
func writeStart(session string, opening []byte) ([]byte, error) {
	kind := byte(0)
	if len(opening) > 0 {
		kind = 1
	}
	id, err := hex.DecodeString(session)
	return slices.Concat([]byte(magic), []byte{kind}, id, opening), err
}

// ReadSessionBody reads a body without knowing any key. Errors (*EncryptionError): too_long, not_base64, too_short, wrong_version.
func ReadSessionBody(body string) (SessionBody, error) {
	bytes, err := readBody(body)
	if err != nil {
		return SessionBody{}, err
	}
	if !isDMv2(body) || bytes[len(magic)] > 1 {
		return SessionBody{}, encryptionError("wrong_version")
	}
	length := startLength
	if bytes[len(magic)] == 1 {
		length += openingLength
	}
	if len(bytes) < length+headerLength+tagLength {
		return SessionBody{}, encryptionError("too_short")
	}
	read := SessionBody{
		Session: hex.EncodeToString(bytes[len(magic)+1 : startLength]), start: bytes[:length:length], message: bytes[length:],
	}
	if length > startLength {
		read.Opening = readOpening(bytes[startLength:length])
	}
	return read, nil
}
