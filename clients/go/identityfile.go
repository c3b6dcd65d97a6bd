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

// CreateIdentity makes a new agent in a new file. Errors: fs.ErrExist, so that no agent is lost.
func CreateIdentity(path string) (*IdentityFile, error) {
	file := &IdentityFile{Path: path, Identity: NewIdentity()}
	text, err := file.text()
	if err == nil {
		err = createFile(path, text)
	}
	if err != nil {
		return nil, err
	}
	return file, nil
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
	if !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	file, err = CreateIdentity(path)
	if errors.Is(err, fs.ErrExist) {
		return LoadIdentity(path) // of two programs that made one at once, the other was faster
	}
	return file, err
}

// Save writes the file whole, readable by its owner alone, with the members in it that are not ours.
func (f *IdentityFile) Save() error {
	text, err := f.text()
	if err != nil {
		return err
	}
	return replaceFile(f.Path, text)
}

func (f *IdentityFile) text() ([]byte, error) {
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
	return append(text, '\n'), err
}

// mostFormer keys of before are kept: more would only slow reading down.
const mostFormer = 8

// reload takes over what the file says now: another program may have given the agent another key since it was read.
func (f *IdentityFile) reload() error {
	now, err := LoadIdentity(f.Path)
	if err == nil {
		*f = *now
	}
	return err
}

// keep saves what becomes of f, which stays as it is where that fails: what is here is on disk.
func (f *IdentityFile) keep(made IdentityFile) error {
	err := made.Save()
	if err == nil {
		*f = made
	}
	return err
}

// Rotate gives the agent another key, which is in the file before anybody is told of it. Where it fails, Settle says later what became of
// it. Connect again afterwards: the connection that was given is of the earlier key. Errors: key_revoked where the file has another key by
// now than the connection.
func (f *IdentityFile) Rotate(ctx context.Context, agent *Agent) error {
	if err := f.Settle(ctx, agent); err != nil {
		return err
	}
	if agent.identity == nil || agent.identity.DID() != f.Identity.DID() {
		return clientError("key_revoked", f.Path+" has another key by now: connect again with it", nil)
	}
	if f.Next == nil {
		seed := make([]byte, 32)
		if _, err := rand.Read(seed); err != nil {
			return err
		}
		made := *f
		var err error
		if made.Next, err = IdentityFromSeed(seed, f.Identity.ID()); err != nil {
			return err
		}
		if err := f.keep(made); err != nil {
			return err
		}
	}
	history, err := agent.Rotate(ctx, f.Next)
	if err != nil {
		return err
	}
	if err := f.settle(history.Key); err != nil {
		return err
	}
	if f.Identity.DID() != history.Key {
		return clientError(KeyMismatch, "the server took the next key, and does not say that it is current: "+f.Path+" has both", nil)
	}
	return nil
}

// Settle reads the file anew and asks the key history, where it has a next key, whether that is current, and uses it if so; else it stays,
// and is the key of the next change. agent: any connection to a server that knows the agent.
func (f *IdentityFile) Settle(ctx context.Context, agent *Agent) error {
	if err := f.reload(); err != nil || f.Next == nil {
		return err
	}
	history, _, err := agent.Keys(ctx, f.Identity.ID())
	if err != nil {
		return err
	}
	return f.settle(history.Key)
}

func (f *IdentityFile) settle(current string) error {
	next, before := f.Next, f.Identity.DID()
	if current != next.DID() {
		return nil
	}
	if err := f.reload(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if f.Identity.DID() != before {
		return nil // another program has settled it meanwhile
	}
	made := *f
	made.Identity, made.Next = next, nil
	if before != current {
		made.Former = slices.Concat([]*Identity{f.Identity}, f.Former)
		made.Former = made.Former[:min(len(made.Former), mostFormer)]
	}
	return f.keep(made)
}
