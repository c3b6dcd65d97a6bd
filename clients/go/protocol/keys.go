package protocol

import (
	"bytes"
	"fmt"

	"filippo.io/edwards25519"
)

// KeyError says why bytes are no usable public key: what the protocol calls invalid_public_key.
type KeyError struct{ Detail string }

func (e *KeyError) Error() string { return "invalid_public_key: " + e.Detail }

// CheckPublicKey refuses what is no usable Ed25519 public key: other lengths, encodings that are not canonical, points off the curve, and
// points of small order, for which anybody can make signatures. The error is a *KeyError.
func CheckPublicKey(publicKey []byte) error {
	_, err := readPoint(publicKey)
	return err
}

func readPoint(publicKey []byte) (*edwards25519.Point, error) {
	if len(publicKey) != 32 {
		return nil, &KeyError{fmt.Sprintf("a public key has 32 bytes, and this one has %d", len(publicKey))}
	}
	point, err := new(edwards25519.Point).SetBytes(publicKey)
	// the library takes a second spelling of a point, and the protocol does not
	if err != nil || !bytes.Equal(point.Bytes(), publicKey) {
		return nil, &KeyError{"the public key is not the canonical encoding of a point of Ed25519"}
	}
	if new(edwards25519.Point).MultByCofactor(point).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return nil, &KeyError{"the public key is a point of small order"}
	}
	return point, nil
}

// X25519KeyOf is the X25519 form of an Ed25519 public key (spec/encryption.md#keys). The error is a *KeyError.
func X25519KeyOf(publicKey []byte) ([]byte, error) {
	point, err := readPoint(publicKey)
	if err != nil {
		return nil, err
	}
	return point.BytesMontgomery(), nil
}
