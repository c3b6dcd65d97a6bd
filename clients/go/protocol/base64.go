package protocol

import (
	"encoding/base64"
	"strings"
)

// ToBase64 is standard base64 with padding (RFC 4648, 4).
func ToBase64(bytes []byte) string { return base64.StdEncoding.EncodeToString(bytes) }

// FromBase64 gives the bytes of standard base64 with padding; false for anything else, and for a second spelling of the same bytes.
func FromBase64(text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	bytes, err := base64.StdEncoding.Strict().DecodeString(text)
	return bytes, err == nil
}
