package protocol

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
)

// ratchet is one end of a double ratchet (spec/encryption.md#double-ratchet), as it is kept. A state is never changed: what comes of a step
// is a new one, and the old one must be forgotten, or earlier messages could be read again.
type ratchet struct {
	Root      []byte  `json:"root"`
	Ours      keyPair `json:"ours"`
	Theirs    []byte  `json:"theirs,omitempty"`
	Sending   *chain  `json:"sending,omitempty"`
	Receiving *chain  `json:"receiving,omitempty"`
	// Previous is how many messages our sending chain before this one had.
	Previous uint32 `json:"previous"`
	// Skipped are the keys of messages that have not come yet, the oldest first.
	Skipped []skippedKey `json:"skipped,omitempty"`
}

type skippedKey struct {
	Ratchet []byte `json:"ratchet"`
	N       uint32 `json:"n"`
	Key     []byte `json:"key"`
}

const (
	mostSkippedAtOnce = 1_000
	mostSkippedKept   = 2_000
	// headerLength: ratchet key, PN and N.
	headerLength = 40
)

// ratchetOfInitiator is the end that writes first. theirs: the signed prekey of the other end.
func ratchetOfInitiator(secret, theirs []byte, newSecret NewSecret) (ratchet, error) {
	ours, err := keyPairOf(newSecret())
	if err != nil {
		return ratchet{}, err
	}
	shared, err := sharedSecret(ours.Secret, theirs)
	if err != nil {
		return ratchet{}, err
	}
	root, sending := turnRoot(secret, shared)
	return ratchet{Root: root, Ours: ours, Theirs: theirs, Sending: sending}, nil
}

// encrypt gives the next message: its header and what it seals, both bound to associated.
func (r ratchet) encrypt(plain, associated []byte) (ratchet, []byte, error) {
	if r.Sending == nil {
		return r, nil, errors.New("this end reads first")
	}
	header := slices.Clone(r.Ours.Public)
	header = binary.BigEndian.AppendUint32(header, r.Previous)
	header = binary.BigEndian.AppendUint32(header, r.Sending.Next)
	key, next := r.Sending.step()
	r.Sending = next
	return r, slices.Concat(header, sealMessage(key, plain, slices.Concat(associated, header))), nil
}

// decrypt reads a message. When it fails, the state that was given is good as before. Errors: already_read, too_many_skipped,
// key_not_canonical, low_order_point, wrong_key_or_tampered.
func (r ratchet) decrypt(message, associated []byte, newSecret NewSecret) (ratchet, []byte, error) {
	header, sealed := message[:headerLength], message[headerLength:]
	theirs, previous, n := header[:32], binary.BigEndian.Uint32(header[32:]), binary.BigEndian.Uint32(header[36:])
	bound := slices.Concat(associated, header)
	isMeant := func(one skippedKey) bool { return one.N == n && bytes.Equal(one.Ratchet, theirs) }
	if at := slices.IndexFunc(r.Skipped, isMeant); at >= 0 {
		plain, err := unsealMessage(r.Skipped[at].Key, sealed, bound)
		next := r
		next.Skipped = slices.Concat(r.Skipped[:at], r.Skipped[at+1:])
		return next, plain, err
	}
	next, err := r, error(nil)
	if next.Receiving == nil || !bytes.Equal(theirs, next.Theirs) {
		if next, err = next.skip(previous); err == nil {
			next, err = next.turn(theirs, newSecret)
		}
		if err != nil {
			return r, nil, err
		}
	}
	if n < next.Receiving.Next {
		return r, nil, encryptionError("already_read")
	}
	if next, err = next.skip(n); err != nil {
		return r, nil, err
	}
	key, receiving := next.Receiving.step()
	next.Receiving = receiving
	plain, err := unsealMessage(key, sealed, bound)
	return next, plain, err
}

// skip keeps the keys of the receiving chain before message until.
func (r ratchet) skip(until uint32) (ratchet, error) {
	if r.Receiving == nil || until <= r.Receiving.Next {
		return r, nil
	}
	if until-r.Receiving.Next > mostSkippedAtOnce {
		return r, encryptionError("too_many_skipped")
	}
	skipped := slices.Clone(r.Skipped)
	for r.Receiving.Next < until {
		key, next := r.Receiving.step()
		skipped = append(skipped, skippedKey{r.Theirs, r.Receiving.Next, key})
		r.Receiving = next
	}
	r.Skipped = skipped[max(0, len(skipped)-mostSkippedKept):]
	return r, nil
}

// turn takes the other end's new ratchet key, and makes one of our own.
func (r ratchet) turn(theirs []byte, newSecret NewSecret) (ratchet, error) {
	if !isCanonicalX25519(theirs) {
		return r, encryptionError("key_not_canonical")
	}
	shared, err := sharedSecret(r.Ours.Secret, theirs)
	if err != nil {
		return r, err
	}
	next := ratchet{Theirs: slices.Clone(theirs), Skipped: r.Skipped}
	next.Root, next.Receiving = turnRoot(r.Root, shared)
	if next.Ours, err = keyPairOf(newSecret()); err != nil {
		return r, err
	}
	if shared, err = sharedSecret(next.Ours.Secret, theirs); err != nil {
		return r, err
	}
	next.Root, next.Sending = turnRoot(next.Root, shared)
	if r.Sending != nil {
		next.Previous = r.Sending.Next
	}
	return next, nil
}
