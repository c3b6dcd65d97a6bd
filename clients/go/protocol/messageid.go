package protocol

import (
	"crypto/rand"
	"regexp"
	"strings"
)

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var ulid = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)

// IsMessageID tells whether a text is a ULID: 26 characters of Crockford's base32 in upper case, at most 128 bits.
func IsMessageID(text string) bool { return ulid.MatchString(text) }

// NewMessageID makes a ULID of a time in milliseconds.
func NewMessageID(ms int64) string {
	id := make([]byte, 26)
	for at := 9; at >= 0; at, ms = at-1, ms>>5 {
		id[at] = crockford[ms&31]
	}
	for at, random := range randomBytes(16) {
		id[10+at] = crockford[random&31]
	}
	return string(id)
}

// MessageIDTime gives the time in a message id, in milliseconds.
func MessageIDTime(id string) int64 {
	var ms int64
	for at := range 10 {
		ms = ms<<5 | int64(strings.IndexByte(crockford, id[at]))
	}
	return ms
}

func randomBytes(count int) []byte {
	bytes := make([]byte, count)
	if _, err := rand.Read(bytes); err != nil {
		panic(err) // a machine without randomness can do nothing safely
	}
	return bytes
}
