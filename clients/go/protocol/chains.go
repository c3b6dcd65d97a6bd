package protocol

import (
	"crypto/hmac"
	"crypto/sha256"
)

// chain is one of message keys: each step gives one and forgets how it came to it.
type chain struct {
	Key []byte `json:"key"`
	// Next is the number of the message whose key comes next.
	Next uint32 `json:"next"`
}

// turnRoot gives the next root key, and the chain that begins with it (KDF_RK of the Double Ratchet).
func turnRoot(root, shared []byte) ([]byte, *chain) {
	bytes := derive(shared, root, "aicq-dm-v2:root", 64)
	return bytes[:32], &chain{Key: bytes[32:]}
}

// step gives the key of the next message, and the chain after it (KDF_CK).
func (c chain) step() ([]byte, *chain) {
	return mac(c.Key, 1), &chain{mac(c.Key, 2), c.Next + 1}
}

func mac(key []byte, what byte) []byte {
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte{what})
	return hash.Sum(nil)
}

// keyAndNonce: a message key is used once, so the nonce can come of it too.
func keyAndNonce(messageKey []byte) (key, nonce []byte) {
	bytes := derive(messageKey, make([]byte, 32), "aicq-dm-v2:message", 44)
	return bytes[:32], bytes[32:]
}

func sealMessage(messageKey, plain, associated []byte) []byte {
	key, nonce := keyAndNonce(messageKey)
	return seal(key, nonce, plain, associated)
}

// unsealMessage. Errors: wrong_key_or_tampered.
func unsealMessage(messageKey, sealed, associated []byte) ([]byte, error) {
	key, nonce := keyAndNonce(messageKey)
	return unseal(key, nonce, sealed, associated)
}
