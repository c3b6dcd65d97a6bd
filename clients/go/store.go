package aicq

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
)

// Store is where an installation keeps the state of its sessions (spec/encryption.md#sessions): texts under names of letters, digits and
// "-". Whoever can read it can write in the agent's sessions.
type Store interface {
	// Exclusively runs work while nobody else works with this store, in this program or another. Errors: state_in_use when it did not become
	// free in time; those of work.
	Exclusively(ctx context.Context, work func(kept Kept) error) error
}

// Kept is what is kept, for as long as the work lasts to which it was given.
type Kept interface {
	// Read gives a text; false where there is none.
	Read(name string) (string, bool, error)
	// Write makes all changes or none, for good when it returns; nil erases.
	Write(changes map[string]*string) error
	Names() ([]string, error)
}

// changes are some, as a store takes them.
type changes map[string]*string

// put keeps a record.
func (c changes) put(name string, record any) changes {
	text, err := json.Marshal(record)
	if err != nil {
		panic(err) // records are texts, numbers and bytes
	}
	written := string(text)
	c[name] = &written
	return c
}

// erase takes a record away.
func (c changes) erase(name string) changes {
	c[name] = nil
	return c
}

// and adds other changes.
func (c changes) and(others changes) changes {
	maps.Copy(c, others)
	return c
}

// MemoryStore keeps state for as long as the program runs: for what begins anew each time, as a test does.
func MemoryStore() Store {
	return &memoryStore{turn: newTurn(), texts: map[string]string{}}
}

type memoryStore struct {
	turn  turn
	texts map[string]string
}

func (m *memoryStore) Exclusively(ctx context.Context, work func(kept Kept) error) error {
	end, err := m.turn.take(ctx)
	if err != nil {
		return err
	}
	defer end()
	return work(m)
}

func (m *memoryStore) Read(name string) (string, bool, error) {
	text, ok := m.texts[name]
	return text, ok, nil
}

func (m *memoryStore) Write(changes map[string]*string) error {
	for name, text := range changes {
		if text == nil {
			delete(m.texts, name)
		} else {
			m.texts[name] = *text
		}
	}
	return nil
}

func (m *memoryStore) Names() ([]string, error) { return slices.Collect(maps.Keys(m.texts)), nil }
