package aicq

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/aicq/aicq/clients/go/protocol"
)

// lookEvery is after how long an installation looks again whether its prekeys are in order.
const lookEvery = time.Hour

// sessions are those of one installation (spec/encryption.md#aicq-dm-v2): what encrypts and reads, state kept first.
type sessions struct {
	transport *transport
	identity  *Identity
	store     Store

	turn   turn
	looked time.Time
	// failures counts those of looks, of which failure is the latest.
	failures atomic.Int64
	failure  error
}

// listed is an installation as a server lists it.
type listed struct {
	Installation string          `json:"installation"`
	Signed       protocol.Prekey `json:"signed"`
}

// ready makes sure, from time to time, that others can begin sessions with this installation. Where that fails, it fails for all who wait:
// else each would try in vain after the other, with all its attempts.
func (s *sessions) ready(ctx context.Context) error {
	before := s.failures.Load()
	end, err := s.turn.take(ctx)
	if err != nil {
		return err
	}
	defer end()
	if time.Since(s.looked) < lookEvery {
		return nil
	}
	if s.failures.Load() != before {
		return s.failure
	}
	err = s.look(ctx)
	if err == nil {
		s.looked = time.Now()
	} else if ctx.Err() == nil { // nobody else is let go with this one
		s.failure = err
		s.failures.Add(1)
	}
	return err
}

func (s *sessions) look(ctx context.Context) error {
	if err := s.keepPrekeys(ctx); err != nil {
		return err
	}
	return s.announce(ctx)
}

// encrypt encrypts a text for each installation of an agent; nothing if it never announced aicq-dm-v2. Errors: downgrade_refused.
func (s *sessions) encrypt(ctx context.Context, to recipient, text string) ([]string, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	var list struct {
		Installations []listed `json:"installations"`
	}
	if err := s.transport.call(ctx, prekeysList, of(input{"agent": to.agent}), &list, nil); err != nil {
		return nil, err
	}
	isInV2 := false
	err := s.store.Exclusively(ctx, func(kept Kept) (err error) {
		isInV2, err = announcesV2(kept, to, list.Installations, s.transport.clock.now())
		return err
	})
	if err != nil || !isInV2 {
		return nil, err
	}
	var bodies []string
	for _, one := range list.Installations {
		body, err := s.encryptFor(ctx, to, one.Installation, text)
		if err != nil {
			return nil, err
		}
		bodies = append(bodies, body)
	}
	return bodies, nil
}

func (s *sessions) encryptFor(ctx context.Context, to recipient, installation, text string) (body string, err error) {
	inSession := func(kept Kept) (err error) {
		body, err = s.inSession(kept, to, installation, text)
		return err
	}
	if err := s.store.Exclusively(ctx, inSession); err != nil || body != "" {
		return body, err
	}
	var bundle protocol.Bundle
	in := of(input{"agent": to.agent, "installation": installation})
	if err := s.transport.call(ctx, prekeysTake, in, &bundle, nil); err != nil {
		return "", err
	}
	err = s.store.Exclusively(ctx, func(kept Kept) (err error) {
		if body, err = s.inSession(kept, to, installation, text); err != nil || body != "" {
			return err
		}
		body, err = s.begin(kept, to, installation, bundle, text)
		return err
	})
	return body, err
}

// inSession encrypts in the session with an installation that was used last; it gives nothing if none can go on.
func (s *sessions) inSession(kept Kept, to recipient, installation, text string) (string, error) {
	peer, _, err := readPeer(kept, to.agent)
	if err != nil {
		return "", err
	}
	key, now := protocol.DIDKeyOf(to.publicKey), s.transport.clock.now()
	for nth := len(peer.Sessions) - 1; nth >= 0; nth-- {
		place := peer.Sessions[nth]
		if place.Installation != installation || place.Key != key || place.Broken || (place.Until != 0 && now >= place.Until) {
			continue
		}
		session, ok, err := readSession(kept, place.ID)
		if err != nil || !ok {
			return "", err
		}
		next, body, err := session.Encrypt(text)
		if err != nil {
			return "", err
		}
		return body, kept.Write(sessionChange(peer, next, place.Until, place.Broken))
	}
	return "", nil
}

func (s *sessions) begin(kept Kept, to recipient, installation string, bundle protocol.Bundle, text string) (string, error) {
	ours, _, err := readInstallation(kept, s.identity)
	if err != nil {
		return "", err
	}
	us := protocol.Installation{Identity: s.identity, ID: ours.Installation}
	party := protocol.Party{Agent: to.agent, Installation: installation, PublicKey: to.publicKey}
	begun, err := protocol.StartSession(us, party, bundle, s.transport.clock.now(), protocol.RandomSecret)
	if err != nil {
		return "", err
	}
	session, body, err := begun.Encrypt(text)
	if err != nil {
		return "", err
	}
	peer, _, err := readPeer(kept, to.agent)
	if err != nil {
		return "", err
	}
	return body, kept.Write(sessionChange(peer, session, bundle.Signed.Expires, false))
}

// read reads what was received, once; then the text is kept until it is acknowledged. us: our present key and those before it.
func (s *sessions) read(ctx context.Context, us []*Identity, message DirectMessage) (text string, err error) {
	author, err := s.transport.histories.keyOf(ctx, message.FromKey, message.From)
	if err != nil {
		return "", err
	}
	err = s.store.Exclusively(ctx, func(kept Kept) (err error) {
		text, err = readReceived(kept, us, message, author)
		return err
	})
	return text, err
}

// forget erases the text of a message that was acknowledged.
func (s *sessions) forget(ctx context.Context, message string) error {
	return s.store.Exclusively(ctx, func(kept Kept) error { return kept.Write(changes{}.erase(textName(message))) })
}
