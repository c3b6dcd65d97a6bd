package aicq

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aicq/aicq/clients/go/internal/testserver"
	"github.com/aicq/aicq/clients/go/protocol"
)

func TestAProfileIsChangedByItsAgentAndErasedForEver(t *testing.T) {
	ctx, ada, bob := ctxOf(t), newcomer(t, nil), newcomer(t, nil)
	name, homepage, none := "Ada", "https://ada.example/", ""
	profile, err := ada.Update(ctx, ProfileChange{Name: &name, Homepage: &homepage})
	ok(t, err)
	same(t, "name", profile.Name, name)
	profile, err = ada.Update(ctx, ProfileChange{Homepage: &none})
	ok(t, err)
	same(t, "what is left out stays", profile.Name, name)
	same(t, "what is empty is taken away", profile.Homepage, "")
	me, err := ada.Me(ctx)
	ok(t, err)
	same(t, "me", me, profile)
	refused(t, ada.EraseAgent(ctx, bob.Identity().ID()), "not_self")
	ok(t, ada.Erase(ctx))
	_, err = bob.Who(ctx, ada.Identity().ID())
	refused(t, err, "agent_not_found")
	_, err = ada.Register(ctx, Registration{})
	refused(t, err, "agent_erased")
}

func TestAnErasureWhoseAnswerIsLostIsOne(t *testing.T) {
	path, ada := onNetwork(t)
	path.set(firstOf("DELETE /v1/agent/", fate{lose: true}))
	ok(t, ada.Erase(ctxOf(t)))
}

func TestWhatWasNeverErasedIsNotSaidToBe(t *testing.T) {
	path := newNetwork()
	for _, wrong := range []time.Duration{0, 9 * time.Minute} {
		limited := reply(429, `{"code":"rate_limited","detail":"later","retryable":true}`)
		nobody := stranger(t, NewIdentity(), &Options{HTTPClient: path.client()})
		nobody.transport.clock.offset.Store(wrong.Milliseconds())
		path.set(firstOf("DELETE /v1/agent/", fate{replace: limited}))
		refused(t, nobody.Erase(ctxOf(t)), "agent_unknown")
		path.set(nil)
		nobody.transport.clock.offset.Store(wrong.Milliseconds())
		refused(t, nobody.Erase(ctxOf(t)), "agent_unknown")
	}
}

func TestAnExportIsWholeOrIsSaidToBeDamaged(t *testing.T) {
	ctx := ctxOf(t)
	path, ada := onNetwork(t)
	_, err := newRoom(t, ada).Post(ctx, "kept", nil)
	ok(t, err)
	export := func() (sections []string, failure error) {
		for line, err := range ada.Export(ctx) {
			if err != nil {
				return sections, err
			}
			sections = append(sections, line.Section)
		}
		return sections, nil
	}
	sections, err := export()
	ok(t, err)
	same(t, "first", sections[0], "manifest")
	same(t, "last", sections[len(sections)-1], "checksums")
	for _, change := range []func(string) string{
		func(text string) string { return strings.Replace(text, "kept", "lost", 1) },
		func(text string) string { return text[:strings.LastIndex(text, `{"section":"checksums"`)] },
		func(text string) string { return text[:len(text)-1] },
		func(text string) string { return text[strings.Index(text, "\n")+1:] },
	} {
		path.set(func(string) fate { return fate{change: change} })
		_, err = export()
		refused(t, err, ExportDamaged)
	}
}

func TestALineOfAnExportThatNeverEndsDoesNotFillTheMemory(t *testing.T) {
	rest := strings.NewReader(strings.Repeat("x", 2*longestLine))
	_, err := readExport(rest, func(Exported, error) bool { return true })
	same(t, "is refused", err != nil, true)
	same(t, "is not read to its end", rest.Len() > longestLine/2, true)
}

func TestPresenceIsSaidAskedAndTold(t *testing.T) {
	ctx, ada, bob := ctxOf(t), newcomer(t, nil), newcomer(t, nil)
	said, err := ada.SetPresence(ctx, PresenceChange{Status: "thinking", Busy: true, For: time.Minute})
	ok(t, err)
	same(t, "status", said.Status, "thinking")
	all, err := bob.Presence(ctx, ada.Identity().ID(), NewIdentity().ID())
	ok(t, err)
	same(t, "ada", all[0].State == "online" && all[0].Busy, true)
	same(t, "somebody unknown", all[1].State, "offline")
	isChanged := false
	options := &EventsOptions{Interest: Interest{Presence: []string{ada.Identity().ID()}}, At: func(string) {
		if !isChanged {
			isChanged = true
			_, err := ada.SetPresence(ctx, PresenceChange{Status: "done"})
			ok(t, err)
		}
	}}
	for event, err := range bob.Events(ctx, options) {
		ok(t, err)
		same(t, "told", event.Type, "presence.changed")
		same(t, "status", event.Presence.Status, "done")
		break
	}
}

func TestTheAuthorOfAMessageHearsWhatBecameOfIt(t *testing.T) {
	ctx, ada, bob := ctxOf(t), newcomer(t, nil), newcomer(t, nil)
	room := newRoom(t, ada)
	_, err := bob.Room(room.ID).Join(ctx)
	ok(t, err)
	asked, err := room.Post(ctx, "please do", nil)
	ok(t, err)
	receipt, err := bob.Room(room.ID).Ack(ctx, asked.ID, Done, "it is done")
	ok(t, err)
	same(t, "state", receipt.State, Done)
	receipt, err = bob.Room(room.ID).Ack(ctx, asked.ID, Seen, "")
	ok(t, err)
	same(t, "less than before", receipt.State, Done)
	got, err := room.Get(ctx, asked.ID)
	ok(t, err)
	same(t, "done", got.Receipts.Done, 1)
	same(t, "by", got.Receipts.By[0].Agent, bob.Identity().ID())
	same(t, "note", got.Receipts.By[0].Note, "it is done")
	same(t, "proof", got.Proof, Proven)
}

func TestTwoAgentsAgreeOnASecret(t *testing.T) {
	ctx, ada, bob := ctxOf(t), newcomer(t, nil), newcomer(t, nil)
	offered, kept, err := ada.OfferKey(ctx, bob.Identity().ID(), "test", 0)
	ok(t, err)
	none, err := ada.FinishKey(ctx, offered, kept)
	ok(t, err)
	same(t, "a secret before an answer", none == nil, true)
	waiting, err := bob.KeyExchanges(ctx)
	ok(t, err)
	secret, err := bob.AcceptKey(ctx, waiting[0])
	ok(t, err)
	answered, err := ada.KeyExchanges(ctx)
	ok(t, err)
	same(t, "state", answered[0].State, "accepted")
	other, err := ada.FinishKey(ctx, answered[0], kept)
	ok(t, err)
	same(t, "the same secret", len(secret) == 32 && bytes.Equal(secret, other), true)
	changed := waiting[0]
	changed.Purpose = "another"
	_, err = bob.AcceptKey(ctx, changed)
	refused(t, err, "exchange_invalid")
	ok(t, ada.DeclineKey(ctx, offered.ID))
}

func TestABatchSaysSeveralThingsEachWithItsOwnResult(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	ada, bob := newcomer(t, &Options{HTTPClient: path.client()}), newcomer(t, nil)
	room := newRoom(t, ada)
	path.set(firstOf("POST /v1/batch", fate{lose: true}))
	results, err := ada.Batch(ctx, []BatchItem{
		{Room: room.ID, Text: "one"},
		{Room: room.ID, Text: "answer", PID: protocol.NewMessageID(time.Now().UnixMilli())},
		{To: bob.Identity().ID(), Text: "between us"},
		{Room: NewIdentity().ID(), Text: "nowhere"},
	})
	ok(t, err)
	ok(t, results[0].Err)
	same(t, "proof", results[0].Message.Proof, Proven)
	refused(t, results[1].Err, "parent_not_found")
	ok(t, results[2].Err)
	refused(t, results[3].Err, "room_not_found")
	page, err := room.Read(ctx, nil)
	ok(t, err)
	same(t, "messages, though the answer was lost", len(page.Messages), 1)
	same(t, "bob", received(t, ctx, bob), "between us")
}

func TestAnyOperationIsAMethodOfRPC(t *testing.T) {
	ctx, ada := ctxOf(t), newcomer(t, nil)
	room := newRoom(t, ada)
	_, err := room.Post(ctx, "hello", nil)
	ok(t, err)
	var page Page
	var me Profile
	wrong := &RPCCall{Method: "no.such"}
	list := &RPCCall{Method: "message.list", Params: map[string]any{"room": room.ID}, Result: &page}
	mine := &RPCCall{Method: "agent.me", Result: &me}
	ok(t, ada.RPC(ctx, list, wrong, mine))
	ok(t, list.Err)
	same(t, "messages", len(page.Messages), 1)
	same(t, "nothing is proven here", page.Messages[0].Proof, "")
	ok(t, mine.Err)
	same(t, "me", me.ID, ada.Identity().ID())
	same(t, "wrong", wrong.Err != nil, true)
}

func TestAServerSaysHowItIs(t *testing.T) {
	ctx := ctxOf(t)
	path := newNetwork()
	nobody := stranger(t, nil, &Options{HTTPClient: path.client()})
	health, err := nobody.Health(ctx)
	ok(t, err)
	same(t, "status", health.Status, "healthy")
	info, err := nobody.Info(ctx)
	ok(t, err)
	same(t, "key", strings.HasPrefix(info.Key, "did:key:"), true)
	_, err = nobody.Stats(ctx)
	ok(t, err)
	_, err = newcomer(t, nil).Limits(ctx)
	ok(t, err)
	path.set(func(string) fate { return fate{replace: reply(503, `{"status":"degraded","version":"1"}`)} })
	health, err = nobody.Health(ctx)
	ok(t, err)
	same(t, "unwell", health.Status, "degraded")
}

func TestWhoIsInvitedAndWorksIsLetIn(t *testing.T) {
	admin := NewIdentity()
	strict := testserver.Server{Environment: []string{
		"REGISTRATION=invite", "REGISTRATION_POW_BITS=10", "ADMIN_AGENT_ID=" + admin.ID(),
	}}
	t.Cleanup(strict.Stop)
	url, err := strict.URL()
	ok(t, err)
	ctx := ctxOf(t)
	_, err = Connect(url, NewIdentity(), nil).Register(ctx, Registration{})
	refused(t, err, "invitation_required")
	operator := Connect(url, admin, nil)
	_, err = operator.Register(ctx, Registration{})
	ok(t, err)
	invitation, err := operator.Invite(ctx, time.Hour)
	ok(t, err)
	registered, err := Connect(url, NewIdentity(), nil).Register(ctx, Registration{Invitation: invitation.Invitation})
	ok(t, err)
	same(t, "created", registered.Created, true)
	all, err := operator.Invitations(ctx)
	ok(t, err)
	same(t, "used", len(all) == 1 && all[0].Used > 0, true)
	ok(t, operator.RevokeInvitation(ctx, invitation.ID))
}

func TestMoreThan30BitsOfWorkAreNotDone(t *testing.T) {
	path := newNetwork()
	ada := stranger(t, NewIdentity(), &Options{HTTPClient: path.client()})
	path.set(func(string) fate {
		return fate{replace: reply(403, `{"code":"pow_required","detail":"work","pow":{"bits":31,"challenge":"c"}}`)}
	})
	_, err := ada.Register(ctxOf(t), Registration{})
	refused(t, err, "pow_required")
	var failed *Error
	same(t, "is an *Error", errors.As(err, &failed), true)
	same(t, "requests", path.count("/v1/register"), 1)
}
