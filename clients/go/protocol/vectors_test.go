package protocol

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// vectors reads test data that was made elsewhere (spec/vectors).
func vectors[T any](t *testing.T, name string) T {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "spec", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	var read T
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// party is an agent of the vectors. Bytes are base64.
type party struct {
	Seed         []byte `json:"seed"`
	PublicKey    []byte `json:"public_key"`
	X25519       []byte `json:"x25519_public_key"`
	DIDKey       string `json:"did_key"`
	AgentID      string `json:"agent_id"`
	Installation string `json:"installation"`
}

func (p party) identity(t *testing.T) *Identity {
	t.Helper()
	identity, err := IdentityFromSeed(p.Seed, "")
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func sameBytes(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %x\nwant %x", what, got, want)
	}
}

// codeOf is what an error says to programs.
func codeOf(err error) string {
	switch e := err.(type) {
	case nil:
		return ""
	case *EncryptionError:
		return e.Code
	case *HistoryError:
		return e.Reason
	case *KeyError:
		return "invalid_public_key"
	}
	return err.Error()
}
