package aicq

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// text is what is written.
func text(said string) *string { return &said }

func TestWhatWasWrittenTheNextProgramReadsAndOnlyTheOwnerMayLook(t *testing.T) {
	ctx, folder := ctxOf(t), filepath.Join(t.TempDir(), "dms")
	ok(t, FileStore(folder).Exclusively(ctx, func(kept Kept) error {
		ok(t, kept.Write(changes{"one": text("1"), "two": text("zwei ✓"), "three": text("3")}))
		return kept.Write(changes{"one": text("more"), "three": nil, "never": nil})
	}))
	ok(t, FileStore(folder).Exclusively(ctx, func(kept Kept) error {
		one, _, err := kept.Read("one")
		ok(t, err)
		two, _, err := kept.Read("two")
		ok(t, err)
		_, isThere, err := kept.Read("three")
		same(t, "one", one, "more")
		same(t, "two", two, "zwei ✓")
		same(t, "three", isThere, false)
		return err
	}))
	info, err := os.Stat(folder)
	ok(t, err)
	same(t, "mode of the folder", info.Mode().Perm(), 0o700)
	same(t, "files", filesIn(t, folder), "lock one.json two.json")
}

// filesIn are the files in a folder, which the owner alone may read.
func filesIn(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	ok(t, err)
	var names []string
	for _, entry := range entries {
		info, err := entry.Info()
		ok(t, err)
		same(t, "mode of "+entry.Name(), info.Mode().Perm(), 0o600)
		names = append(names, entry.Name())
	}
	return strings.Join(names, " ")
}

func TestNamesThatCouldLeadOutOfTheFolderAreRefusedAndNothingIsWritten(t *testing.T) {
	ctx, folder := ctxOf(t), t.TempDir()
	ok(t, FileStore(folder).Exclusively(ctx, func(kept Kept) error {
		for _, name := range []string{"../x", "a/b", "", ".", "a.json", strings.Repeat("x", 101)} {
			same(t, name, kept.Write(changes{"good": text("1"), name: text("1")}) == nil, false)
			_, _, err := kept.Read(name)
			same(t, name, err == nil, false)
		}
		names, err := kept.Names()
		same(t, "names", len(names), 0)
		return err
	}))
}

func TestWhatACrashInterruptedIsFinishedByWhoeverComesNext(t *testing.T) {
	ctx, folder := ctxOf(t), t.TempDir()
	read := func(name string) (string, bool) {
		var said string
		var isThere bool
		ok(t, FileStore(folder).Exclusively(ctx, func(kept Kept) (err error) {
			said, isThere, err = kept.Read(name)
			return err
		}))
		return said, isThere
	}
	ok(t, FileStore(folder).Exclusively(ctx, func(kept Kept) error {
		return kept.Write(changes{"session": text("old"), "prekey": text("secret")})
	}))
	drafts := []string{"draft", ".journal.1.new", ".session-1.json.2.new"} // the last two are of earlier versions
	for _, name := range drafts {
		ok(t, os.WriteFile(filepath.Join(folder, name), []byte(`{"session":"ha`), 0o600))
	}
	said, _ := read("session")
	same(t, "not begun for good", said, "old")
	same(t, "no secret is left in a draft", filesIn(t, folder), "lock prekey.json session.json")
	ok(t, os.WriteFile(filepath.Join(folder, "journal"), []byte(`{"session":"new","prekey":null}`), 0o600))
	said, _ = read("session")
	same(t, "finished", said, "new")
	_, isThere := read("prekey")
	same(t, "erased", isThere, false)
}

func TestADraftThatAnotherProgramLeftMeanwhileIsGoneAfterTheNextTurn(t *testing.T) {
	ctx, folder := ctxOf(t), t.TempDir()
	store := FileStore(folder)
	for range 2 {
		ok(t, store.Exclusively(ctx, func(kept Kept) error {
			same(t, "files", strings.Contains(filesIn(t, folder), "draft"), false)
			return kept.Write(changes{"session": text("new")})
		}))
		ok(t, os.WriteFile(filepath.Join(folder, "draft"), []byte("old secrets"), 0o600))
	}
}

func TestProgramsThatUseOneFolderTakeTurns(t *testing.T) {
	ctx, folder := ctxOf(t), t.TempDir()
	var all sync.WaitGroup
	for range 4 {
		store := FileStore(folder)
		for range 2 { // more would have to wait longer than a lock is waited for, where the disk is busy
			all.Add(1)
			go func() {
				defer all.Done()
				err := store.Exclusively(ctx, func(kept Kept) error {
					said, _, err := kept.Read("count")
					if err != nil {
						return err
					}
					count, _ := strconv.Atoi(said)
					return kept.Write(changes{"count": text(strconv.Itoa(count + 1))})
				})
				if err != nil {
					t.Error(err)
				}
			}()
		}
	}
	all.Wait()
	ok(t, FileStore(folder).Exclusively(ctx, func(kept Kept) error {
		said, _, err := kept.Read("count")
		same(t, "count", said, "8")
		return err
	}))
}

// TestHoldsAStore is what another process does in the test below: in this one it has nothing to do.
func TestHoldsAStore(t *testing.T) {
	folder := os.Getenv("AICQ_TEST_HOLDS")
	if folder == "" {
		return
	}
	ok(t, FileStore(folder).Exclusively(ctxOf(t), func(kept Kept) error {
		ok(t, kept.Write(changes{"said": text("by the child")}))
		time.Sleep(time.Minute)
		return nil
	}))
}

func TestNobodyGetsATurnWhileAnotherProcessHasItAndThatOfAKilledOneEndsWithIt(t *testing.T) {
	ctx, folder := ctxOf(t), t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestHoldsAStore$")
	child.Env = append(os.Environ(), "AICQ_TEST_HOLDS="+folder)
	ok(t, child.Start())
	for {
		if _, err := os.Stat(filepath.Join(folder, "said.json")); err == nil {
			break
		}
		ok(t, pause(ctx, 10*time.Millisecond))
	}
	killed := make(chan struct{})
	time.AfterFunc(200*time.Millisecond, func() {
		close(killed)
		_ = child.Process.Kill()
		_ = child.Wait()
	})
	ok(t, FileStore(folder).Exclusively(ctx, func(kept Kept) error {
		select {
		case <-killed:
		default:
			t.Error("both have a turn")
		}
		said, _, err := kept.Read("said")
		same(t, "said", said, "by the child")
		return err
	}))
}
