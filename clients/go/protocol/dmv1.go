package protocol

import (
	"crypto/sha256"
	"io"
	"slices"

	"golang.org/x/crypto/hkdf"
)

// EncryptDM encrypts a direct message for whoever has a key (32 bytes, Ed25519), in aicq-dm-v1. It does not say who wrote it. The caller
// has made sure that the key is the recipient's (spec/encryption.md#whose-key). Errors: not_utf8, too_long (*EncryptionError), *KeyError.
func EncryptDM(recipient []byte, text string) (string, error) {
	return encryptDMWith(RandomSecret(), randomBytes(12), recipient, text)
}

func encryptDMWith(ephemeral, nonce, recipient []byte, text string) (string, error) {
	if _, err := PlainText([]byte(text)); err != nil {
		return "", err
	}
	theirs, err := X25519KeyOf(recipient)
	if err != nil {
		return "", err
	}
	ours, err := keyPairOf(ephemeral)
	if err != nil {
		return "", err
	}
	shared, err := sharedSecret(ours.Secret, theirs)
	if err != nil {
		return "", err
	}
	key := dmKey(shared, ours.Public, theirs)
	return writeBody(slices.Concat(ours.Public, nonce, seal(key, nonce, []byte(text), nil)))
}

// DecryptDM gives the text of a direct message of aicq-dm-v1 that was encrypted for this identity. Errors (*EncryptionError): too_long,
// not_base64, too_short, wrong_version, low_order_point, wrong_key_or_tampered, not_utf8.
func DecryptDM(identity *Identity, body string) (string, error) {
	bytes, err := readBody(body)
	if err != nil {
		return "", err
	}
	if isDMv2(body) {
		return "", &EncryptionError{"wrong_version", "the body is aicq-dm-v2"}
	}
	ephemeral := bytes[:32]
	shared, err := identity.Agree(ephemeral)
	if err != nil {
		return "", err
	}
	ours := identity.agreement.PublicKey().Bytes()
	plain, err := unseal(dmKey(shared, ephemeral, ours), bytes[32:44], bytes[44:], nil)
	if err != nil {
		return "", err
	}
	return PlainText(plain)
}

func dmKey(shared, ephemeral, recipient []byte) []byte {
	return derive(shared, slices.Concat(ephemeral, recipient), "aicq-dm-v1", 32)
}

// derive is HKDF-SHA256.
func derive(secret, salt []byte, info string, length int) []byte {
	out := make([]byte, length)
	if _, err := io.ReadFull(hkdf.New(sha256.New, secret, salt, []byte(info)), out); err != nil {
		panic(err) // far fewer bytes than HKDF can give
	}
	return out
}
