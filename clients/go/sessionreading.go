package aicq

import (
	"errors"
	"slices"

	"github.com/aicq/aicq/clients/go/protocol"
)

// mostSeen first messages of one author are remembered at most. Each author has places of its own, so that nobody takes them from others; as
// many as an author needs who forgets its sessions at every start and starts every hour.
const mostSeen = 1_500

// sessionRead is what came of reading a message in a session.
type sessionRead struct {
	session protocol.Session
	plain   []byte
	// made is what has to be kept besides the session.
	made     changes
	isBroken bool
}

func unreadable(code string) *EncryptionError {
	return &EncryptionError{Code: code, Detail: "the message cannot be read in a session"}
}

// readReceived gives the text of a message of aicq-dm-v2. It is kept together with the state that comes of reading it, in one step: a text is
// neither lost nor read with the same key twice, whenever the program ends. author: the key with which it came, if that is known to be its
// author's. Errors: *EncryptionError.
func readReceived(kept Kept, us []*Identity, message DirectMessage, author []byte) (string, error) {
	end := message.Body[max(0, len(message.Body)-24):]
	isNamed := protocol.IsMessageID(message.ID)
	if isNamed {
		before, ok, err := readKept[keptText](kept, textName(message.ID))
		if err != nil || (ok && before.From == message.From && before.End == end) {
			return before.Text, err
		}
	}
	body, err := protocol.ReadSessionBody(message.Body)
	if err != nil {
		return "", err
	}
	session, isKnown, err := readSession(kept, body.Session)
	if err != nil {
		return "", err
	}
	var read sessionRead
	if isKnown {
		read, err = readInKnown(kept, session, message)
	} else {
		read, err = readFirst(kept, us, message, body.Opening, author)
	}
	if err != nil {
		return "", err
	}
	text, err := protocol.PlainText(read.plain)
	if err != nil {
		return "", err
	}
	peer, _, err := readPeer(kept, read.session.Peer.Agent)
	if err != nil {
		return "", err
	}
	made := sessionChange(peer, read.session, 0, read.isBroken).and(read.made)
	if isNamed {
		made.put(textName(message.ID), keptText{text, message.From, end})
	}
	return text, kept.Write(made)
}

func readInKnown(kept Kept, session protocol.Session, message DirectMessage) (sessionRead, error) {
	if session.Peer.Agent != message.From {
		return sessionRead{}, unreadable("wrong_identity")
	}
	next, plain, err := session.Decrypt(message.Body, protocol.RandomSecret)
	var failed *EncryptionError
	if errors.As(err, &failed) && failed.Code == "too_many_skipped" {
		if err := giveUp(kept, session); err != nil {
			return sessionRead{}, err
		}
	}
	return sessionRead{session: next, plain: plain}, err
}

// giveUp: what we say next is said in a new session.
func giveUp(kept Kept, session protocol.Session) error {
	peer, _, err := readPeer(kept, session.Peer.Agent)
	for nth := range peer.Sessions {
		if peer.Sessions[nth].ID == session.ID {
			peer.Sessions[nth].Broken = true
		}
	}
	if err != nil {
		return err
	}
	return kept.Write(changes{}.put(peerName(session.Peer.Agent), peer))
}

// readFirst reads a message that begins a session: the one-time prekey that it used is erased with it, or the message remembered. It may have
// been for an earlier key of ours: then it is read by that one, and the answer begins a new session.
func readFirst(kept Kept, us []*Identity, message DirectMessage, opening *protocol.Opening, author []byte) (sessionRead, error) {
	ours, isThere, err := readOwn(kept, us[0].ID())
	switch {
	case err != nil:
		return sessionRead{}, err
	case opening == nil:
		return sessionRead{}, unreadable("wrong_session")
	case !isThere:
		return sessionRead{}, unreadable("prekey_unknown")
	case author == nil:
		return sessionRead{}, unreadable("wrong_identity")
	}
	all := ours.all()
	meant := slices.IndexFunc(all, func(one keyInstallation) bool {
		_, ok := one.prekey(opening.SignedPrekey)
		return ok
	})
	if meant < 0 {
		return sessionRead{}, unreadable("prekey_unknown")
	}
	key := slices.IndexFunc(us, func(one *Identity) bool { return one.DID() == all[meant].Key })
	if key < 0 {
		return sessionRead{}, unreadable("wrong_key_or_tampered")
	}
	installation := protocol.Installation{Identity: us[key], ID: all[meant].Installation}
	accepted, err := protocol.AcceptSession(installation, message.From, author, all[meant].prekey, message.Body, protocol.RandomSecret)
	if err != nil {
		return sessionRead{}, err
	}
	read := sessionRead{session: accepted.Session, plain: accepted.Plain, isBroken: meant > 0}
	if accepted.Spent != "" {
		left := ours.without(func(prekey keptPrekey) bool { return prekey.ID == accepted.Spent })
		read.made = changes{}.put(installationName, left)
		return read, nil
	}
	read.made, err = seenOnce(kept, message.From, accepted.FirstMessageID, opening.SignedPrekey, all)
	return read, err
}

// seenOnce remembers a first message that used up no one-time prekey for as long as it could begin its session again: while we have its
// signed prekey, whatever the time is. Errors: already_read, too_many_begun.
func seenOnce(kept Kept, author, first, signedPrekey string, all []keyInstallation) (changes, error) {
	name := "seen-" + author
	seen, _, err := readKept[map[string]string](kept, name)
	if err != nil {
		return nil, err
	}
	if _, isSeen := seen[first]; isSeen {
		return nil, unreadable("already_read")
	}
	needed := map[string]string{first: signedPrekey}
	for one, prekey := range seen {
		if slices.ContainsFunc(all, func(i keyInstallation) bool { _, ok := i.prekey(prekey); return ok }) {
			needed[one] = prekey
		}
	}
	if len(needed) > mostSeen {
		return nil, unreadable("too_many_begun")
	}
	return changes{}.put(name, needed), nil
}
