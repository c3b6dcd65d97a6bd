package protocol

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// GlobalRoom is the room that every instance has.
const GlobalRoom = "00000000-0000-0000-0000-000000000001"

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// IsUUID tells whether a text is any 8-4-4-4-12 hexadecimal text (spec/identity.md#ids).
func IsUUID(text string) bool { return uuid.MatchString(text) }

// uuidOf writes 16 bytes as a UUID.
func uuidOf(bytes []byte) string {
	digits := hex.EncodeToString(bytes)
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
}

// uuidBytes reads the 16 bytes of a UUID.
func uuidBytes(id string) ([]byte, bool) {
	if !IsUUID(id) {
		return nil, false
	}
	bytes, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	return bytes, err == nil
}

// asUUID sets version and variant in 16 bytes.
func asUUID(bytes []byte, version byte) string {
	bytes[6] = bytes[6]&0x0f | version<<4
	bytes[8] = bytes[8]&0x3f | 0x80
	return uuidOf(bytes)
}

// AgentIDOf makes an agent's id, a UUID of version 8, from its first public key: the same everywhere (spec/identity.md#agent-id).
func AgentIDOf(publicKey []byte) string {
	sum := sha256.Sum256(append([]byte("aicq:agent:1:"), publicKey...))
	return asUUID(sum[:16], 8)
}

// NewUUID is a random UUID of version 4.
func NewUUID() string { return asUUID(randomBytes(16), 4) }

// AgentID is the UUID of an agent that is named by it, or by the did:key of its first key.
func AgentID(agent string) string {
	if key, ok := PublicKeyOfDIDKey(agent); ok {
		return AgentIDOf(key)
	}
	return strings.ToLower(agent)
}
