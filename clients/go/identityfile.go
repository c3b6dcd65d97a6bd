package aicq

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/aicq/aicq/clients/go/protocol"
)

const identityForm = "identity/1"

// IdentityFile is an agent in a file that programs of any language read (spec/identity.md#file). Whoever has it is the agent.
type IdentityFile struct {
	// Path is where it is.
	Path string
	// Identity is the current key.
	Identity *Identity
	// Next is a key that is about to become the current one, or has become it; Settle says which. It is nil where there is none.
	Next *Identity
	// Former are keys that the agent had, the newest first: they read what was encrypted for them.
	Former []*Identity
	// unknown are members of the file that are not ours.
	unknown map[string]json.RawMessage
}

// CreateIdentity makes a new agent in a new file.
func CreateIdentity(path string) (*IdentityFile, error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	file := &IdentityFile{Path: path, Identity: NewIdentity()}
	return file, file.Save()
}

// LoadIdentity reads an agent. Errors: state_unusable for what is no such file, or one of a later form.
func LoadIdentity(path string) (*IdentityFile, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, clientError(StateUnusable, path+" is no JSON object", err)
	}
	var form, id string
	var seed, next []byte
	var former [][]byte
	for name, into := range map[string]any{"aicq": &form, "id": &id, "seed": &seed, "next": &next, "former": &former} {
		if member, ok := members[name]; ok {
			if err := json.Unmarshal(member, into); err != nil {
				return nil, clientError(StateUnusable, path+": "+name+" is not what it must be", err)
			}
			delete(members, name)
		}
	}
	if form != identityForm || !protocol.IsUUID(id) {
		return nil, clientError(StateUnusable, path+" is not of the form "+identityForm, nil)
	}
	file := &IdentityFile{Path: path, unknown: members}
	if file.Identity, err = IdentityFromSeed(seed, id); err == nil && next != nil {
		file.Next, err = IdentityFromSeed(next, id)
	}
	for _, one := range former {
		if err == nil {
			var identity *Identity
			identity, err = IdentityFromSeed(one, id)
			file.Former = append(file.Former, identity)
		}
	}
	if err != nil {
		return nil, clientError(StateUnusable, path+": "+err.Error(), err)
	}
	return file, nil
}

// OpenIdentity reads an agent, or makes a new one where there is no such file.
func OpenIdentity(path string) (*IdentityFile, error) {
	file, err := LoadIdentity(path)
	if errors.Is(err, fs.ErrNotExist) {
		return CreateIdentity(path)
	}
	return file, err
}

// Save writes the file whole, readable by its owner alone, with the members in it that are not ours.
func (f *IdentityFile) Save() error {
	members := map[string]any{}
	for name, value := range f.unknown {
		members[name] = value
	}
	members["aicq"], members["id"], members["seed"] = identityForm, f.Identity.ID(), f.Identity.Seed()
	if f.Next != nil {
		members["next"] = f.Next.Seed()
	}
	if len(f.Former) > 0 {
		var seeds [][]byte
		for _, one := range f.Former {
			seeds = append(seeds, one.Seed())
		}
		members["former"] = seeds
	}
	text, err := json.MarshalIndent(members, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(f.Path, append(text, '\n'))
}

// Rotate gives the agent another key, which is in the file before anybody is told of it. Where it fails, Settle says later what became of
// it. Connect again afterwards: the connection that was given is of the earlier key.
func (f *IdentityFile) Rotate(ctx context.Context, agent *Agent) error {
	seed := make([]byte, 32)
	if _, err := rand.Read(seed); err != nil {
		return err
	}
	if err := f.Settle(ctx, agent); err != nil {
		return err
	}
	next, err := IdentityFromSeed(seed, f.Identity.ID())
	if err != nil {
		return err
	}
	f.Next = next
	if err := f.Save(); err != nil {
		return err
	}
	if _, err := agent.Rotate(ctx, next); err != nil {
		return err
	}
	return f.settle(next.DID())
}

// Settle asks the key history, where the file has a next key, which of the two is current, and keeps that one. agent: any connection to a
// server that knows the agent.
func (f *IdentityFile) Settle(ctx context.Context, agent *Agent) error {
	if f.Next == nil {
		return nil
	}
	history, _, err := agent.Keys(ctx, f.Identity.ID())
	if err != nil {
		return err
	}
	return f.settle(history.Key)
}

func (f *IdentityFile) settle(current string) error {
	switch current {
	case f.Next.DID():
		f.Former = slices.Concat([]*Identity{f.Identity}, f.Former)
		f.Identity = f.Next
	case f.Identity.DID():
	default:
		return clientError(KeyMismatch, "neither key in "+f.Path+" is the agent's now", nil)
	}
	f.Next = nil
	return f.Save()
}
