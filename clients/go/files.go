package aicq

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// replaceFile writes a file that its owner alone may read, whole: a new file, flushed, then renamed, so that a crash leaves the old one or
// the new one.
func replaceFile(path string, text []byte) error {
	draft, err := draftOf(path)
	if err != nil {
		return err
	}
	return placeFile(draft, text, path, os.Rename)
}

// createFile writes a new file so, where there is none: of two programs that make one at once, one fails. Errors: fs.ErrExist.
func createFile(path string, text []byte) error {
	draft, err := draftOf(path)
	if err != nil {
		return err
	}
	return placeFile(draft, text, path, func(draft, path string) error { return placeNew(draft, path, os.Link) })
}

// placeNew is a renaming that takes no other file's place.
func placeNew(draft, path string, link func(draft, path string) error) error {
	err := link(draft, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	switch _, missing := os.Lstat(path); {
	case missing == nil:
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	case !errors.Is(missing, fs.ErrNotExist):
		return missing
	}
	return os.Rename(draft, path) // where there are no hard links
}

// draftOf is a file beside another one that nobody else writes.
func draftOf(path string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.new") // mode 0600
}

// placeFile writes a draft, and puts it in its place.
func placeFile(draft *os.File, text []byte, path string, place func(draft, path string) error) error {
	defer os.Remove(draft.Name()) // nothing is there once it was renamed
	_, err := draft.Write(text)
	if err == nil {
		err = draft.Sync()
	}
	if closed := draft.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = place(draft.Name(), path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	return err
}

// syncFolder: a name is on disk when its folder is. Windows has no such call, and needs none.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	handle, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer handle.Close()
	return handle.Sync()
}
