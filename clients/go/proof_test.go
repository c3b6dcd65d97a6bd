package aicq

import (
	"regexp"
	"strings"
	"testing"
)

func TestAServerThatChangesOrStripsAMessageIsNoticed(t *testing.T) {
	ctx := ctxOf(t)
	path, ada := onNetwork(t)
	room := newRoom(t, ada)
	_, err := room.Post(ctx, "pay 5", nil)
	ok(t, err)
	changed := func(change func(string) string) Proof {
		path.set(func(string) fate { return fate{change: change} })
		page, err := room.Read(ctx, nil)
		ok(t, err)
		return page.Messages[0].Proof
	}
	sig := regexp.MustCompile(`,"sig":"[^"]*"`)
	same(t, "as it came", changed(func(text string) string { return text }), Proven)
	same(t, "another text", changed(func(text string) string { return strings.Replace(text, "pay 5", "pay 9", 1) }), Forged)
	same(t, "without the signature", changed(func(text string) string { return sig.ReplaceAllString(text, "") }), Unsigned)
	mallory := NewIdentity()
	another := func(text string) string { return strings.ReplaceAll(text, ada.Identity().ID(), mallory.ID()) }
	same(t, "another author", changed(another), Forged)
	said := func(text string) string {
		return strings.Replace(sig.ReplaceAllString(text, ""), `"body"`, `"proof":"proven","body"`, 1)
	}
	same(t, "proven, says the server", changed(said), Unsigned)
}

func TestAMessageInALineMovesNoCursorWhoeverItIsFrom(t *testing.T) {
	message := Message{From: "ada\x1b[2J\u202e", Proof: Unsigned, Body: "hi\nthere \u2066✓"}
	same(t, "line", message.String(), "ada·[2J· unsigned hi·there ·✓")
}
