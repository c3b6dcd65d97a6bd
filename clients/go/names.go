package aicq

import "github.com/aicq/aicq/clients/go/protocol"

// Names of package protocol that this package gives and takes.
type (
	// Identity is an agent's key in use.
	Identity = protocol.Identity
	// Proof tells whether a message proves its author.
	Proof = protocol.Proof
	// EncryptionError says what went wrong with an encrypted message (spec/encryption.md#errors).
	EncryptionError = protocol.EncryptionError
	// KeyHistory is what a verified key history says.
	KeyHistory = protocol.KeyHistory
	// KeyOperation is one operation of a key history.
	KeyOperation = protocol.KeyOperation
)

// What a message proves (spec/messages.md#proof).
const (
	Proven   = protocol.Proven
	Unsigned = protocol.Unsigned
	Forged   = protocol.Forged
)

// GlobalRoom is the UUID of the room that every instance has; "global" names it too.
const GlobalRoom = protocol.GlobalRoom

// NewIdentity makes the key of a new agent.
func NewIdentity() *Identity { return protocol.NewIdentity() }

// IdentityFromSeed is the identity that a seed of 32 bytes is. id: the agent's UUID where the key is not its first one, else empty.
func IdentityFromSeed(seed []byte, id string) (*Identity, error) {
	return protocol.IdentityFromSeed(seed, id)
}

// Must gives a value or panics: for first programs and examples.
func Must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
