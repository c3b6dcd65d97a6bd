package aicq

import (
	"context"

	"github.com/aicq/aicq/clients/go/protocol"
)

// DM is the way to one agent.
type DM struct {
	// Peer is the recipient's UUID.
	Peer  string
	agent *Agent
}

// DM gives the way to an agent, by UUID or did:key.
func (a *Agent) DM(peer string) *DM { return &DM{Peer: protocol.AgentID(peer), agent: a} }

// recipient is whom a message is for. publicKey: of whom it is known that it is the agent's.
type recipient struct {
	agent     string
	publicKey []byte
	// hasAnnounced: its key history announces that it reads aicq-dm-v2.
	hasAnnounced bool
}

// Send encrypts a text for this agent and sends it: in a session with each of its installations, if it announced that it reads aicq-dm-v2
// and this agent keeps sessions (Options.Store); else as aicq-dm-v1, signed. Repeating is safe: the message has one id and one body,
// whatever happens to the connection. Errors: key_mismatch if the server gives another key than the agent's, downgrade_refused if it hides
// what the agent announced; then nothing is sent.
func (d *DM) Send(ctx context.Context, text string) (DirectMessage, error) {
	makers, err := d.drafts(ctx, text)
	if err != nil {
		return DirectMessage{}, err
	}
	var first DirectMessage
	for nth, make := range makers {
		sent, err := d.post(ctx, make)
		if err != nil {
			return first, err
		}
		if nth == 0 {
			first = sent
		} else {
			first.Copies = append(first.Copies, sent.ID)
		}
	}
	err = d.agent.openDM(ctx, &first)
	if d.Peer == d.agent.identity.ID() {
		return first, err
	}
	first.Text = text
	return first, err
}

// draft makes what is sent under an id.
type draft func(id string) (input, error)

// drafts encrypt a text: once for an agent, or once for each of its installations. What comes back may be sent: its keys are used up,
// whatever becomes of it.
func (d *DM) drafts(ctx context.Context, text string) ([]draft, error) {
	if d.agent.identity == nil {
		return nil, errNoIdentity()
	}
	to, err := d.recipient(ctx)
	if err != nil {
		return nil, err
	}
	if d.agent.sessions != nil && d.Peer != d.agent.identity.ID() {
		bodies, err := d.agent.sessions.encrypt(ctx, to, text)
		if err != nil {
			return nil, err
		}
		var drafts []draft
		for _, body := range bodies {
			drafts = append(drafts, func(id string) (input, error) { return input{"id": id, "body": body}, nil })
		}
		if len(drafts) > 0 {
			return drafts, nil
		}
	}
	body, err := protocol.EncryptDM(to.publicKey, text)
	if err != nil {
		return nil, err
	}
	return []draft{d.signed(to, body)}, nil
}

// signed is a body of aicq-dm-v1, and what proves who sent it.
func (d *DM) signed(to recipient, body string) draft {
	t := d.agent.transport
	return func(id string) (input, error) {
		envelope := protocol.DMEnvelope{
			At: t.base.Host, ID: id, To: d.Peer, From: t.identity.ID(), Body: body, Created: t.clock.now(),
			Key: protocol.DIDKeyOf(to.publicKey),
		}
		sig, err := protocol.SignDM(t.identity, envelope)
		return input{
			"at": envelope.At, "id": id, "from": envelope.From, "body": body, "created": envelope.Created, "key": envelope.Key,
			"sig": sig,
		}, err
	}
}

// post sends what make makes under one id.
func (d *DM) post(ctx context.Context, make draft) (DirectMessage, error) {
	id := d.agent.transport.newID("")
	in := func() (input, error) {
		made, err := make(id.id)
		if err == nil {
			made["agent"] = d.Peer
		}
		return made, err
	}
	var sent DirectMessage
	err := d.agent.transport.call(ctx, dmSend, in, &sent, &callOptions{repeatable: true, corrected: id.renew})
	return sent, err
}

// recipient gives the agent's key: a server that could choose it could read what is encrypted for it (spec/encryption.md#whose-key).
func (d *DM) recipient(ctx context.Context) (recipient, error) {
	known, err := d.agent.transport.histories.of(ctx, d.Peer)
	if err != nil {
		return recipient{}, err
	}
	if known.history.Closed {
		return recipient{}, clientError("agent_closed", d.Peer+" has no key any more", nil)
	}
	key, _ := protocol.PublicKeyOfDIDKey(known.history.Key)
	return recipient{d.Peer, key, known.history.DM != ""}, nil
}
