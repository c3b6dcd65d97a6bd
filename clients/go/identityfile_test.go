package aicq

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// another is a further key of an agent.
func another(t *testing.T, of *Identity) *Identity {
	t.Helper()
	key, err := IdentityFromSeed(NewIdentity().Seed(), of.ID())
	ok(t, err)
	return key
}

// onDisk is the key in a file, and those before it.
func onDisk(t *testing.T, path string) string {
	t.Helper()
	file, err := LoadIdentity(path)
	ok(t, err)
	return keysIn(file)
}

func keysIn(file *IdentityFile) string {
	return didsOf(append([]*Identity{file.Identity}, file.Former...)...)
}

func didsOf(keys ...*Identity) string {
	all := ""
	for _, one := range keys {
		all += one.DID() + "\n"
	}
	return all
}

func TestAKeyThatCouldNotBeKeptIsToldToNobody(t *testing.T) {
	ctx := ctxOf(t)
	file, agent := inFile(t)
	short, first := file.Path, file.Identity
	// no draft can be made beside a name of as many bytes as a name may have
	file.Path = filepath.Join(filepath.Dir(short), strings.Repeat("x", 250))
	ok(t, os.Rename(short, file.Path))
	for range 2 {
		same(t, "fails", file.Rotate(ctx, agent) == nil, false)
		same(t, "next", file.Next == nil, true)
		same(t, "key", keyOf(t, agent, first.ID()), first.DID())
	}
	ok(t, os.Rename(file.Path, short))
	file.Path = short
	ok(t, file.Rotate(ctx, agent))
	same(t, "former", file.Former[0].DID(), first.DID())
	gone := filepath.Dir(short)
	path := newNetwork()
	agent = stranger(t, file.Identity, &Options{HTTPClient: path.client()})
	path.set(func(line string) fate {
		if strings.HasSuffix(line, "/rotate") {
			ok(t, os.RemoveAll(gone))
		}
		return fate{}
	})
	same(t, "fails", file.Rotate(ctx, agent) == nil, false)
	same(t, "what the server took is not forgotten", file.Next != nil && keyOf(t, agent, first.ID()) == file.Next.DID(), true)
}

func TestAProgramThatComesLateTakesOverTheKeyOfAnother(t *testing.T) {
	ctx := ctxOf(t)
	late, agent := inFile(t)
	first := late.Identity
	file, err := LoadIdentity(late.Path)
	ok(t, err)
	ok(t, file.Rotate(ctx, agent))
	second := file.Identity
	refused(t, late.Rotate(ctx, agent), "key_revoked")
	same(t, "keys", keysIn(late), didsOf(second, first))
	same(t, "keys on disk", onDisk(t, late.Path), didsOf(second, first))
	refused(t, late.Rotate(ctx, stranger(t, nil, nil)), "key_revoked")
	// one that has asked for the history, while another settles and changes the key again
	third := another(t, first)
	ok(t, (&IdentityFile{Path: late.Path, Identity: second, Next: third, Former: late.Former}).Save())
	_, err = stranger(t, second, nil).Rotate(ctx, third)
	ok(t, err)
	path := newNetwork()
	path.set(func(string) fate {
		return fate{change: func(text string) string {
			ok(t, file.Settle(ctx, agent))
			ok(t, file.Rotate(ctx, stranger(t, file.Identity, nil)))
			return text
		}}
	})
	ok(t, late.Settle(ctx, stranger(t, nil, &Options{HTTPClient: path.client()})))
	same(t, "keys", keysIn(late), didsOf(file.Identity, third, second, first))
	same(t, "keys on disk", onDisk(t, late.Path), keysIn(late))
}

func TestAKeyThatIsNotCurrentStays(t *testing.T) {
	ctx := ctxOf(t)
	file, agent := inFile(t)
	first, next, other := file.Identity, another(t, file.Identity), another(t, file.Identity)
	ok(t, (&IdentityFile{Path: file.Path, Identity: first, Next: next}).Save())
	_, err := agent.Rotate(ctx, other)
	ok(t, err)
	ok(t, file.Settle(ctx, agent))
	same(t, "keys", didsOf(file.Identity, file.Next), didsOf(first, next))
	same(t, "is refused", file.Rotate(ctx, agent) == nil, false)
	same(t, "keys", didsOf(file.Identity, file.Next), didsOf(first, next))
}

func TestTheNewestEightKeysOfBeforeAreKeptEachOnce(t *testing.T) {
	ctx := ctxOf(t)
	file, agent := inFile(t)
	first, next := file.Identity, another(t, file.Identity)
	var former []*Identity
	for range 8 {
		former = append(former, another(t, first))
	}
	_, err := agent.Rotate(ctx, next)
	ok(t, err)
	ok(t, (&IdentityFile{Path: file.Path, Identity: next, Next: next, Former: former}).Save())
	ok(t, file.Settle(ctx, agent))
	same(t, "next", file.Next == nil, true)
	same(t, "keys, where both were the same", keysIn(file), didsOf(next)+didsOf(former...))
	ok(t, (&IdentityFile{Path: file.Path, Identity: first, Next: next, Former: former}).Save())
	ok(t, file.Settle(ctx, agent))
	same(t, "keys", onDisk(t, file.Path), didsOf(next, first)+didsOf(former[:7]...))
}

func TestWhereThereAreNoHardLinksNoFileIsReplacedEither(t *testing.T) {
	folder := t.TempDir()
	draft, path := filepath.Join(folder, "draft"), filepath.Join(folder, "agent.json")
	none := func(string, string) error { return errors.New("no hard links here") }
	for _, said := range []string{"first", "second"} {
		ok(t, os.WriteFile(draft, []byte(said), 0o600))
		err := placeNew(draft, path, none)
		same(t, "refused "+said, errors.Is(err, fs.ErrExist), said == "second")
		text, err := os.ReadFile(path)
		ok(t, err)
		same(t, "is there", string(text), "first")
	}
}
