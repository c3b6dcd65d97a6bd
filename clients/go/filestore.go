package aicq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const (
	journal = "journal"
	// storeDraft is what is being written: one name, since only who has the lock writes, so that no old secret stays where a program ended.
	storeDraft  = "draft"
	textSuffix  = ".json"
	storeLock   = "lock"
	lockPatient = 10 * time.Second
)

var (
	recordName = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)
	// earlierDraft is one of an earlier version, which gave each a name of its own.
	earlierDraft = regexp.MustCompile(`^\.(journal|[A-Za-z0-9-]{1,100}\.json)\.[0-9]+\.new$`)
)

// FileStore keeps the state of an installation in a folder, which is made if there is none: for one agent, on one machine, and never to be
// copied or restored from a backup. Several programs may use it: they take turns, so that no two hold a ratchet. State is on disk before
// what it belongs to is sent or acknowledged.
func FileStore(folder string) Store { return &fileStore{folder: folder, turn: newTurn()} }

type fileStore struct {
	folder string
	turn   turn
	// isClean: drafts of earlier versions are gone.
	isClean bool
}

func (f *fileStore) Exclusively(ctx context.Context, work func(kept Kept) error) error {
	end, err := f.turn.take(ctx)
	if err != nil {
		return err
	}
	defer end()
	if err := os.MkdirAll(f.folder, 0o700); err != nil {
		return err
	}
	unlock, err := lockFile(ctx, filepath.Join(f.folder, storeLock))
	if err != nil {
		return err
	}
	defer unlock()
	if err := f.finish(); err != nil {
		return err
	}
	return work(f)
}

// finish does what a crash has interrupted.
func (f *fileStore) finish() error {
	if err := f.clean(); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(f.folder, journal))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var interrupted map[string]*string
	if err := json.Unmarshal(text, &interrupted); err != nil {
		return clientError(StateUnusable, "the journal of "+f.folder+" is damaged", err)
	}
	return f.apply(interrupted)
}

// clean removes drafts that a crash has left: there are old secrets in them.
func (f *fileStore) clean() error {
	drafts := []string{storeDraft}
	if !f.isClean {
		entries, err := os.ReadDir(f.folder)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if earlierDraft.MatchString(entry.Name()) {
				drafts = append(drafts, entry.Name())
			}
		}
	}
	for _, name := range drafts {
		if err := os.Remove(filepath.Join(f.folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	f.isClean = true
	return nil
}

// replace writes a file whole, as replaceFile does.
func (f *fileStore) replace(path string, text []byte) error {
	draft, err := os.OpenFile(filepath.Join(f.folder, storeDraft), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return placeFile(draft, text, path, os.Rename)
}

func (f *fileStore) path(name string) (string, error) {
	if !recordName.MatchString(name) {
		return "", fmt.Errorf("%q names nothing that is kept", name)
	}
	return filepath.Join(f.folder, name+textSuffix), nil
}

func (f *fileStore) Read(name string) (string, bool, error) {
	path, err := f.path(name)
	if err != nil {
		return "", false, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	return string(text), err == nil, err
}

func (f *fileStore) Write(changes map[string]*string) error {
	for name := range changes {
		if _, err := f.path(name); err != nil {
			return err
		}
	}
	text, err := json.Marshal(changes)
	if err != nil {
		return err
	}
	if err := f.replace(filepath.Join(f.folder, journal), text); err != nil {
		return err
	}
	return f.apply(changes)
}

func (f *fileStore) apply(changes map[string]*string) error {
	for name, text := range changes {
		path, err := f.path(name)
		if err == nil && text == nil {
			if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
		} else if err == nil {
			err = f.replace(path, []byte(*text))
		}
		if err != nil {
			return err
		}
	}
	if err := syncFolder(f.folder); err != nil {
		return err
	}
	return os.Remove(filepath.Join(f.folder, journal))
}

func (f *fileStore) Names() ([]string, error) {
	entries, err := os.ReadDir(f.folder)
	var names []string
	for _, entry := range entries {
		if name, isText := strings.CutSuffix(entry.Name(), textSuffix); isText {
			names = append(names, name)
		}
	}
	return names, err
}
