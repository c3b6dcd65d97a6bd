package aicq

import (
	"context"
	"strings"
	"testing"

	"github.com/aicq/aicq/clients/go/protocol"
)

// received is what an agent received, in words: the text, or why there is none.
func received(t *testing.T, ctx context.Context, agent *Agent) string {
	t.Helper()
	var all []string
	for message, err := range agent.DMs(ctx, &DMsOptions{Since: Start, NoFollow: true}) {
		ok(t, err)
		switch {
		case message.Sent:
		case message.Unreadable != nil:
			all = append(all, message.Unreadable.Code)
		default:
			all = append(all, message.Text)
		}
	}
	return strings.Join(all, "|")
}

func TestADirectMessageIsReadByItsRecipientAloneWithProof(t *testing.T) {
	ctx, ada, bob := ctxOf(t), newcomer(t, nil), newcomer(t, nil)
	sent, err := ada.DM(bob.Identity().DID()).Send(ctx, "between us ✓")
	ok(t, err)
	same(t, "form", protocol.DMVersionOf(sent.Body), protocol.DMv1)
	same(t, "the server sees", strings.Contains(sent.Body, "between"), false)
	page, err := bob.ListDMs(ctx, &ListDMsOptions{Peer: ada.Identity().ID(), Direction: "received"})
	ok(t, err)
	same(t, "text", page.Messages[0].Text, "between us ✓")
	same(t, "proof", page.Messages[0].Proof, Proven)
	same(t, "sent", page.Messages[0].Sent, false)
	same(t, "to others", received(t, ctx, newcomer(t, nil)), "")
	ok(t, bob.DeleteDM(ctx, sent.ID))
	ok(t, bob.DeleteDM(ctx, sent.ID))
	same(t, "acknowledged", received(t, ctx, bob), "")
	_, err = ada.DM(ada.Identity().ID()).Send(ctx, "a note to myself")
	ok(t, err)
	same(t, "to itself", func() string {
		for message, err := range ada.DMs(ctx, &DMsOptions{Since: Start, NoFollow: true}) {
			ok(t, err)
			return message.Text
		}
		return ""
	}(), "a note to myself")
}

func TestDirectMessagesAreFollowedAsTheyCome(t *testing.T) {
	ctx, ada, bob, eve := ctxOf(t), newcomer(t, nil), newcomer(t, nil), newcomer(t, nil)
	send := func(from *Agent, text string) {
		_, err := from.DM(bob.Identity().ID()).Send(ctx, text)
		ok(t, err)
	}
	send(ada, "1")
	heard := ""
	for message, err := range bob.DMs(ctx, &DMsOptions{Since: Start, Peer: ada.Identity().ID()}) {
		ok(t, err)
		same(t, "proof", message.Proof, Proven)
		if heard += message.Text; len(heard) == 3 {
			break
		}
		send(eve, "not for this loop")
		send(ada, string(rune('1'+len(heard))))
	}
	same(t, "heard", heard, "123")
}

func TestAServerThatGivesAnotherKeyGetsNothing(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	ada, bob, mallory := newcomer(t, &Options{HTTPClient: path.client()}), newcomer(t, nil), newcomer(t, nil)
	path.set(func(line string) fate {
		if !strings.HasSuffix(line, "/keys") {
			return fate{}
		}
		return fate{change: func(text string) string {
			return strings.ReplaceAll(text, bob.Identity().DID(), mallory.Identity().DID())
		}}
	})
	_, err := ada.DM(bob.Identity().ID()).Send(ctx, "secret")
	refused(t, err, KeyMismatch)
	same(t, "sent", path.count("/v1/dm/"+bob.Identity().ID()), 0)
}

func TestADirectMessageThatWasChangedIsShownAsForgedAndUnreadable(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	ada, bob := newcomer(t, nil), newcomer(t, &Options{HTTPClient: path.client()})
	sent, err := ada.DM(bob.Identity().ID()).Send(ctx, "pay 5")
	ok(t, err)
	other := strings.Map(func(char rune) rune {
		if char == 'A' {
			return 'B'
		}
		return 'A'
	}, sent.Body[40:44])
	path.set(func(string) fate {
		return fate{change: func(text string) string { return strings.Replace(text, sent.Body[40:44], other, 1) }}
	})
	for message, err := range bob.DMs(ctx, &DMsOptions{Since: Start, NoFollow: true}) {
		ok(t, err)
		same(t, "proof", message.Proof, Forged)
		same(t, "is not read", message.Unreadable != nil && message.Text == "", true)
	}
}

func TestADirectMessageWhoseAnswerIsLostIsOneMessage(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	ada, bob := newcomer(t, &Options{HTTPClient: path.client()}), newcomer(t, nil)
	path.set(firstOf("POST /v1/dm/", fate{lose: true}))
	_, err := ada.DM(bob.Identity().ID()).Send(ctx, "once")
	ok(t, err)
	same(t, "attempts", path.count("/v1/dm/"+bob.Identity().ID()), 2)
	same(t, "received", received(t, ctx, bob), "once")
}
