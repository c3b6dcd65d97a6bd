package protocol

import (
	"slices"
	"strings"
	"testing"
)

type dmVectors struct {
	Agents map[string]party
	Bodies []struct {
		Name, Body, Expect string
		Plaintext          []byte
	}
	DMs []struct {
		Name, Expect, Canonical string
		DM                      struct {
			DMEnvelope
			FromKey string `json:"from_key"`
			Sig     string
		}
	}
}

func TestDirectMessagesOfTheVectorsAreReadOrRefused(t *testing.T) {
	read := vectors[dmVectors](t, "dms.json")
	bob := read.Agents["bob"].identity(t)
	for _, one := range read.Bodies {
		text, err := DecryptDM(bob, one.Body)
		if one.Expect == "read" {
			same(t, one.Name, codeOf(err), "")
			same(t, one.Name, text, string(one.Plaintext))
		} else {
			same(t, one.Name, codeOf(err), one.Expect)
		}
	}
}

func TestDirectMessagesOfV0AreTheOnesThatWeWrite(t *testing.T) {
	read := vectors[v0Vectors](t, "v0.json")
	for _, agent := range read.Agents {
		key, err := X25519KeyOf(agent.PublicKey)
		same(t, "error", err, nil)
		sameBytes(t, "x25519", key, agent.X25519)
	}
	for _, one := range read.DMs {
		recipient := read.Agents[one.Recipient]
		body, err := encryptDMWith(one.Secret, one.Nonce, recipient.PublicKey, one.Plaintext)
		same(t, "error", err, nil)
		same(t, one.Plaintext, body, one.Wire)
		text, err := DecryptDM(recipient.identity(t), one.Wire)
		same(t, "error", err, nil)
		same(t, "text", text, one.Plaintext)
	}
	for _, one := range read.Rejected {
		if _, err := DecryptDM(read.Agents[one.Recipient].identity(t), one.Wire); err == nil {
			t.Errorf("%s is read", one.Name)
		}
	}
}

func TestADirectMessageHas6084BytesAtMost(t *testing.T) {
	bob := NewIdentity()
	body, err := EncryptDM(bob.PublicKey(), strings.Repeat("x", 6_084))
	same(t, "error", err, nil)
	same(t, "form", DMVersionOf(body), DMv1)
	_, err = EncryptDM(bob.PublicKey(), strings.Repeat("x", 6_085))
	same(t, "one byte more", codeOf(err), "too_long")
	_, err = EncryptDM(bob.PublicKey(), "\xff")
	same(t, "no text", codeOf(err), "not_utf8")
}

func TestKeysForExchangesAreOfOneSpellingAndNotOfSmallOrder(t *testing.T) {
	same(t, "zeros", isUsableX25519(make([]byte, 32)), false)
	same(t, "one", isUsableX25519(append([]byte{1}, make([]byte, 31)...)), false)
	p := slices.Concat([]byte{0xed}, slices.Repeat([]byte{0xff}, 30), []byte{0x7f})
	same(t, "a second spelling of 0", isCanonicalX25519(p), false)
	p[0] = 0xec
	same(t, "the highest number", isCanonicalX25519(p), true)
	pair, _ := keyPairOf(RandomSecret())
	same(t, "a key", isUsableX25519(pair.Public), true)
	same(t, "a key with a high bit", isUsableX25519(append(slices.Clone(pair.Public[:31]), pair.Public[31]|0x80)), false)
}
