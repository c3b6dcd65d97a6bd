package protocol

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Installation is our own end of a session.
type Installation struct {
	Identity *Identity
	// ID is the installation's UUID.
	ID string
}

func (i Installation) party() Party { return Party{i.Identity.ID(), i.ID, i.Identity.PublicKey()} }

// Bundle is what a server gives to whoever wants to begin a session with an installation.
type Bundle struct {
	Signed Prekey `json:"signed"`
	// OneTime is a one-time prekey or, when none is left, the last-resort one.
	OneTime *Prekey `json:"one_time,omitempty"`
}

// agreement is what both sides have in common afterwards.
type agreement struct {
	secret     []byte
	associated []byte
	// firstMessageID has 64 hexadecimal digits, the same however often the first message arrives.
	firstMessageID string
}

// initiate agrees on a secret with an installation that need not be there (X3DH).
func initiate(us Installation, them Party, bundle Bundle, now int64, newSecret NewSecret) (agreement, Opening, []byte, error) {
	fail := func(err error) (agreement, Opening, []byte, error) { return agreement{}, Opening{}, nil, err }
	theirIdentity, err := X25519KeyOf(them.PublicKey)
	if err != nil {
		return fail(err)
	}
	signed, err := CheckPrekey(bundle.Signed, them, []string{"signed"}, now)
	if err != nil {
		return fail(err)
	}
	var oneTime []byte
	if bundle.OneTime != nil {
		if oneTime, err = CheckPrekey(*bundle.OneTime, them, []string{"one-time", "last-resort"}, now); err != nil {
			return fail(err)
		}
	}
	ephemeral, err := keyPairOf(newSecret())
	if err != nil {
		return fail(err)
	}
	opening := Opening{
		IdentityKey: us.Identity.PublicKey(), Installation: us.ID, EphemeralKey: ephemeral.Public, SignedPrekey: bundle.Signed.ID,
	}
	secrets := make([][]byte, 3, 4)
	if secrets[0], err = us.Identity.Agree(signed); err != nil {
		return fail(err)
	}
	if secrets[1], err = sharedSecret(ephemeral.Secret, theirIdentity); err != nil {
		return fail(err)
	}
	if secrets[2], err = sharedSecret(ephemeral.Secret, signed); err != nil {
		return fail(err)
	}
	if oneTime != nil {
		fourth, err := sharedSecret(ephemeral.Secret, oneTime)
		if err != nil {
			return fail(err)
		}
		secrets = append(secrets, fourth)
		opening.OneTimePrekey = bundle.OneTime.ID
	}
	agreed, err := agreementFrom(us.party(), them, opening, secrets)
	return agreed, opening, signed, err
}

// accept is the other side of initiate: the same agreement from the opening of a first message. oneTime may be nil.
func accept(us Installation, them Party, opening Opening, signed keyPair, oneTime *keyPair) (agreement, error) {
	theirIdentity, err := X25519KeyOf(them.PublicKey)
	if err != nil {
		return agreement{}, err
	}
	if !isCanonicalX25519(opening.EphemeralKey) {
		return agreement{}, encryptionError("key_not_canonical")
	}
	secrets := make([][]byte, 3, 4)
	if secrets[0], err = sharedSecret(signed.Secret, theirIdentity); err != nil {
		return agreement{}, err
	}
	if secrets[1], err = us.Identity.Agree(opening.EphemeralKey); err != nil {
		return agreement{}, err
	}
	if secrets[2], err = sharedSecret(signed.Secret, opening.EphemeralKey); err != nil {
		return agreement{}, err
	}
	if oneTime != nil {
		fourth, err := sharedSecret(oneTime.Secret, opening.EphemeralKey)
		if err != nil {
			return agreement{}, err
		}
		secrets = append(secrets, fourth)
	}
	return agreementFrom(them, us.party(), opening, secrets)
}

func agreementFrom(initiator, responder Party, opening Opening, secrets [][]byte) (agreement, error) {
	associated := []byte(DMv2)
	for _, end := range []Party{initiator, responder} {
		agent, isUUID := uuidBytes(end.Agent)
		installation, isUUIDToo := uuidBytes(end.Installation)
		if !isUUID || !isUUIDToo {
			return agreement{}, encryptionError("prekey_invalid")
		}
		associated = slices.Concat(associated, end.PublicKey, agent, installation)
	}
	opened, err := opening.bytes()
	if err != nil {
		return agreement{}, err
	}
	first := sha256.Sum256(slices.Concat([]byte("aicq:first:1:"), associated, opened))
	// what X3DH puts before the secrets, so that they cannot be those of another curve
	input := slices.Concat(bytes.Repeat([]byte{0xff}, 32), slices.Concat(secrets...))
	return agreement{derive(input, make([]byte, 32), "aicq-dm-v2:x3dh", 32), associated, hex.EncodeToString(first[:])}, nil
}
