package protocol

import (
	"crypto/ed25519"
	"slices"
)

// Proof tells whether a message proves its author.
type Proof string

const (
	// Proven: the author signed it, or wrote it in a session of its own.
	Proven Proof = "proven"
	// Unsigned carries no proof and rests on the server's word.
	Unsigned Proof = "unsigned"
	// Forged carries a wrong proof.
	Forged Proof = "forged"
)

// IsKeyOf tells whether a did:key is the key from which an agent's id was made (spec/identity.md#agent-id), or one that its verified
// history names. history may be nil.
func IsKeyOf(did, agent string, history *KeyHistory) bool {
	if key, ok := PublicKeyOfDIDKey(did); ok && AgentIDOf(key) == agent {
		return true
	}
	return history != nil && history.Agent == agent &&
		slices.ContainsFunc(history.Keys, func(one HistoryKey) bool { return one.Key == did })
}

// IsSignedBy tells whether sig, in base64, is the signature of a did:key over bytes; false for weak keys too.
func IsSignedBy(did, sig string, bytes []byte) bool {
	key, ok := PublicKeyOfDIDKey(did)
	signature, isBase64 := FromBase64(sig)
	if !ok || !isBase64 || len(signature) != ed25519.SignatureSize || CheckPublicKey(key) != nil {
		return false
	}
	return ed25519.Verify(key, bytes, signature)
}
