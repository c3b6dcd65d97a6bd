package protocol

import (
	"crypto/ecdh"
	"slices"
)

// NewSecret gives 32 bytes of a new secret key. The vectors give their own.
type NewSecret func() []byte

// RandomSecret gives 32 random bytes.
func RandomSecret() []byte { return randomBytes(32) }

// keyPair is one of X25519, 32 bytes each.
type keyPair struct {
	Secret []byte `json:"secret"`
	Public []byte `json:"public"`
}

func keyPairOf(secret []byte) (keyPair, error) {
	key, err := ecdh.X25519().NewPrivateKey(secret)
	if err != nil {
		return keyPair{}, encryptionError("key_not_canonical")
	}
	return keyPair{secret, key.PublicKey().Bytes()}, nil
}

// sharedSecret is X25519 (RFC 7748). Errors: low_order_point, key_not_canonical.
func sharedSecret(secret, public []byte) ([]byte, error) {
	key, err := ecdh.X25519().NewPrivateKey(secret)
	if err != nil {
		return nil, encryptionError("key_not_canonical")
	}
	return agree(key, public)
}

func agree(secret *ecdh.PrivateKey, public []byte) ([]byte, error) {
	key, err := ecdh.X25519().NewPublicKey(public)
	if err != nil {
		return nil, encryptionError("key_not_canonical")
	}
	shared, err := secret.ECDH(key)
	if err != nil {
		return nil, encryptionError("low_order_point") // 32 zeros came out
	}
	return shared, nil
}

// isCanonicalX25519 tells whether a key has 32 bytes that are a number below 2^255 - 19: a second spelling would be another key to whoever
// compares bytes.
func isCanonicalX25519(key []byte) bool {
	if len(key) != 32 || key[31] > 0x7f {
		return false
	}
	isHigh := key[31] == 0x7f && key[0] >= 0xed && !slices.ContainsFunc(key[1:31], func(one byte) bool { return one != 0xff })
	return !isHigh
}

// isUsableX25519 tells whether bytes are a key of one spelling with which something secret can be agreed.
func isUsableX25519(key []byte) bool {
	if !isCanonicalX25519(key) {
		return false
	}
	_, err := sharedSecret(RandomSecret(), key)
	return err == nil
}
