package aicq

import (
	"context"

	"github.com/aicq/aicq/clients/go/protocol"
)

// announcesV2 tells whether an agent reads aicq-dm-v2. Its key history announces that, and so does a signed prekey; once seen it is
// remembered, so that no server can lead us back to aicq-dm-v1 by hiding it. now: milliseconds. Errors: prekey_invalid, prekey_expired;
// downgrade_refused if nothing is left of what was announced.
func announcesV2(kept Kept, to recipient, list []listed, now int64) (bool, error) {
	if to.hasAnnounced {
		if err := rememberPeer(kept, to.agent); err != nil {
			return false, err
		}
	}
	for _, one := range list {
		owner := protocol.Party{Agent: to.agent, Installation: one.Installation, PublicKey: to.publicKey}
		if _, err := protocol.CheckPrekey(one.Signed, owner, []string{"signed"}, now); err != nil {
			return false, err
		}
	}
	if len(list) > 0 {
		return true, rememberPeer(kept, to.agent)
	}
	_, isKnown, err := readPeer(kept, to.agent)
	if err == nil && isKnown {
		detail := "agent " + to.agent + " reads aicq-dm-v2, and the server gives no installation of it: nothing was sent"
		refused := clientError(DowngradeRefused, detail, nil)
		refused.Retryable = true
		return false, refused
	}
	return false, err
}

func rememberPeer(kept Kept, agent string) error {
	_, isKnown, err := readPeer(kept, agent)
	if err != nil || isKnown {
		return err
	}
	return kept.Write(changes{}.put(peerName(agent), peerState{Sessions: []sessionPlace{}}))
}

// announce announces in the agent's key history, once and for good, that it reads aicq-dm-v2 (spec/key-history.md).
func (s *sessions) announce(ctx context.Context) error {
	known, err := s.transport.histories.of(ctx, s.identity.ID())
	if err != nil || known.history.DM != "" {
		return err
	}
	_, failed := s.transport.change(ctx, agentRotate, s.identity.ID(), announcing(s.identity))
	if CodeOf(failed) == "key_history_conflict" { // another installation of the agent may have been faster
		if known, err = s.transport.histories.of(ctx, s.identity.ID()); err == nil && known.history.DM != "" {
			return nil
		}
	}
	return failed
}

func announcing(identity *Identity) func(known) (KeyOperation, error) {
	return func(before known) (KeyOperation, error) { return protocol.AnnounceDM(before.history, identity) }
}
