package protocol

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/chacha20poly1305"
)

// The forms of direct messages.
const (
	DMv1 = "aicq-dm-v1"
	DMv2 = "aicq-dm-v2"
)

const (
	mostDMCharacters = 8_192
	leastDMBytes     = 60
)

// DMVersionOf tells how a body is encrypted; it is empty if it cannot be a ciphertext (spec/encryption.md#bodies).
func DMVersionOf(body string) string {
	bytes, isBase64 := FromBase64(body)
	if len(body) > mostDMCharacters || !isBase64 || len(bytes) < leastDMBytes {
		return ""
	}
	if isDMv2(body) {
		return DMv2
	}
	return DMv1
}

// isDMv2: what its first nine bytes, aicq-dm-2, are in base64.
func isDMv2(body string) bool { return strings.HasPrefix(body, "YWljcS1kbS0y") }

// readBody gives the bytes of a body. Errors: too_long, not_base64, too_short.
func readBody(body string) ([]byte, error) {
	if len(body) > mostDMCharacters {
		return nil, encryptionError("too_long")
	}
	bytes, isBase64 := FromBase64(body)
	if !isBase64 {
		return nil, encryptionError("not_base64")
	}
	if len(bytes) < leastDMBytes {
		return nil, encryptionError("too_short")
	}
	return bytes, nil
}

// writeBody gives the text of bytes. Errors: too_long.
func writeBody(bytes []byte) (string, error) {
	body := ToBase64(bytes)
	if len(body) > mostDMCharacters {
		return "", encryptionError("too_long")
	}
	return body, nil
}

// PlainText is the text that decrypted bytes are, unchanged. Errors: not_utf8.
func PlainText(bytes []byte) (string, error) {
	if !utf8.Valid(bytes) {
		return "", encryptionError("not_utf8")
	}
	return string(bytes), nil
}

// seal is ChaCha20-Poly1305 (RFC 8439): the ciphertext and its tag of 16 bytes.
func seal(key, nonce, plain, associated []byte) []byte {
	cipher, err := chacha20poly1305.New(key)
	if err != nil {
		panic(err) // keys here have 32 bytes
	}
	return cipher.Seal(nil, nonce, plain, associated)
}

// unseal gives what was sealed. Errors: wrong_key_or_tampered.
func unseal(key, nonce, sealed, associated []byte) ([]byte, error) {
	cipher, err := chacha20poly1305.New(key)
	if err != nil {
		panic(err)
	}
	plain, err := cipher.Open(nil, nonce, sealed, associated)
	if err != nil {
		return nil, encryptionError("wrong_key_or_tampered")
	}
	return plain, nil
}
