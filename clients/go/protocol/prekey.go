package protocol

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Prekey is a key of X25519 that an installation of an agent leaves with servers, so that others can begin a session while it is away
// (spec/encryption.md#prekeys). Times are milliseconds.
type Prekey struct {
	// ID is 16 hexadecimal digits, made from the key.
	ID string `json:"id"`
	// Purpose is signed, one-time or last-resort.
	Purpose      string `json:"purpose"`
	Agent        string `json:"agent"`
	Installation string `json:"installation"`
	PublicKey    string `json:"public_key"`
	Created      int64  `json:"created"`
	Expires      int64  `json:"expires"`
	// Sig is by the agent's identity key, in base64.
	Sig string `json:"sig"`
}

// PrekeySecret is the half that never leaves its installation. That of a one-time prekey is erased with the message that used it.
type PrekeySecret struct {
	ID        string `json:"id"`
	Purpose   string `json:"purpose"`
	SecretKey []byte `json:"secret_key"`
}

// Party is one end of a session. PublicKey: the agent's identity key (Ed25519), which must be known to be the agent's.
type Party struct {
	Agent        string
	Installation string
	PublicKey    []byte
}

func prekeyIDOf(publicKey []byte) string {
	sum := sha256.Sum256(append([]byte("aicq:prekey:1:"), publicKey...))
	return hex.EncodeToString(sum[:8])
}

// PrekeyBytes gives the bytes that are signed: RFC 8785 canonical JSON of the prekey without its signature.
func PrekeyBytes(p Prekey) ([]byte, error) {
	return canonical(map[string]any{
		"aicq": "prekey/1", "id": p.ID, "purpose": p.Purpose, "agent": p.Agent, "installation": p.Installation,
		"public_key": p.PublicKey, "created": p.Created, "expires": p.Expires,
	})
}

// NewPrekey makes a prekey, of which purpose, installation and times are given: one half for servers, and one to keep.
func NewPrekey(identity *Identity, use Prekey, newSecret NewSecret) (Prekey, PrekeySecret, error) {
	pair, err := keyPairOf(newSecret())
	if err != nil {
		return Prekey{}, PrekeySecret{}, err
	}
	use.ID, use.Agent, use.PublicKey = prekeyIDOf(pair.Public), identity.ID(), ToBase64(pair.Public)
	use.Sig, err = sign(identity, use, PrekeyBytes)
	return use, PrekeySecret{use.ID, use.Purpose, pair.Secret}, err
}

// CheckPrekey gives the key of somebody else's prekey, checked: signed by the owner's identity key for this installation and one of these
// purposes, and not expired. now: milliseconds. Errors (*EncryptionError): prekey_invalid, prekey_expired, key_not_canonical.
func CheckPrekey(prekey Prekey, owner Party, purposes []string, now int64) ([]byte, error) {
	key, isBase64 := FromBase64(prekey.PublicKey)
	bytes, err := PrekeyBytes(prekey)
	if !slices.Contains(purposes, prekey.Purpose) || prekey.Agent != owner.Agent || prekey.Installation != owner.Installation ||
		!isBase64 || prekeyIDOf(key) != prekey.ID || err != nil || !IsSignedBy(DIDKeyOf(owner.PublicKey), prekey.Sig, bytes) {
		return nil, encryptionError("prekey_invalid")
	}
	if now >= prekey.Expires {
		return nil, encryptionError("prekey_expired")
	}
	if !isCanonicalX25519(key) {
		return nil, encryptionError("key_not_canonical")
	}
	return key, nil
}
