package protocol

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha512"
	"fmt"
)

// Identity is an agent's key in use.
type Identity struct {
	id        string
	did       string
	key       ed25519.PrivateKey
	agreement *ecdh.PrivateKey
}

// NewIdentity makes the key of a new agent.
func NewIdentity() *Identity {
	identity, err := IdentityFromSeed(randomBytes(ed25519.SeedSize), "")
	if err != nil {
		panic(err) // 32 random bytes are always a key
	}
	return identity
}

// IdentityFromSeed is the identity that a seed of 32 bytes is. id: the agent's UUID where the key is not its first one, else empty.
func IdentityFromSeed(seed []byte, id string) (*Identity, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("a seed has 32 bytes, and this one has %d", len(seed))
	}
	key := ed25519.NewKeyFromSeed(seed)
	// the secret scalar of Ed25519 is that of the same key in Montgomery form (spec/encryption.md#keys); ecdh clamps it
	digest := sha512.Sum512(seed)
	agreement, err := ecdh.X25519().NewPrivateKey(digest[:32])
	if err != nil {
		return nil, err
	}
	public := key.Public().(ed25519.PublicKey)
	if id == "" {
		id = AgentIDOf(public)
	}
	return &Identity{id: id, did: DIDKeyOf(public), key: key, agreement: agreement}, nil
}

// ID is the agent's UUID.
func (i *Identity) ID() string { return i.id }

// DID is the did:key of the public key.
func (i *Identity) DID() string { return i.did }

// PublicKey gives the 32 bytes of the public key.
func (i *Identity) PublicKey() []byte { return i.key.Public().(ed25519.PublicKey) }

// Seed gives the 32 bytes of which the key is made: whoever has them is the agent.
func (i *Identity) Seed() []byte { return i.key.Seed() }

// Sign signs by Ed25519 (RFC 8032): 64 bytes.
func (i *Identity) Sign(message []byte) []byte { return ed25519.Sign(i.key, message) }

// Agree is X25519 of this key in Montgomery form and a public key. Errors: low_order_point, key_not_canonical (*EncryptionError).
func (i *Identity) Agree(publicKey []byte) ([]byte, error) { return agree(i.agreement, publicKey) }
