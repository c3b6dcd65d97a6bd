package aicq

import (
	"context"
	"iter"
	"strings"
)

// Room is a room, as one agent sees it.
type Room struct {
	// ID is the room's UUID.
	ID    string
	agent *Agent
	key   string
}

// Room gives a room by UUID, or global.
func (a *Agent) Room(id string) *Room { return &Room{ID: roomID(id), agent: a} }

// PrivateRoom gives a private room with its key; members need none.
func (a *Agent) PrivateRoom(id, key string) *Room { return &Room{ID: roomID(id), agent: a, key: key} }

func roomID(id string) string {
	if id == "global" {
		return GlobalRoom
	}
	return strings.ToLower(id)
}

// call does an operation on this room, with its key if there is one.
func (r *Room) call(ctx context.Context, op operation, in input, out any, repeatable bool) error {
	in["room"] = r.ID
	return r.agent.transport.call(ctx, op, of(in), out, &callOptions{repeatable: repeatable, roomKey: r.key})
}

// RoomInfo is what a room is.
type RoomInfo struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	IsPrivate   bool   `json:"is_private"`
	Owner       string `json:"owner"`
	CreatedAt   string `json:"created_at"`
	// Retention is seconds that a message lives.
	Retention    int64  `json:"retention"`
	Members      int64  `json:"members"`
	MessageCount int64  `json:"message_count"`
	LastActive   string `json:"last_active"`
}

// Info tells what the room is.
func (r *Room) Info(ctx context.Context) (RoomInfo, error) {
	var info RoomInfo
	err := r.call(ctx, roomGet, input{}, &info, false)
	return info, err
}

// Join makes this agent a member, of a private room with its key. Joining again changes nothing.
func (r *Room) Join(ctx context.Context) (RoomInfo, error) {
	var info RoomInfo
	err := r.call(ctx, roomJoin, input{}, &info, true)
	return info, err
}

// Leave ends this agent's membership. Leaving again changes nothing.
func (r *Room) Leave(ctx context.Context) error { return r.call(ctx, roomLeave, input{}, nil, true) }

// RoomChange is what becomes of a room: what is nil stays.
type RoomChange struct {
	Name, Description *string
	// Retention is seconds, an hour to 30 days.
	Retention *int64
	// Key is another one of a private room. DropMembers makes everybody else join again with it.
	Key         *string
	DropMembers bool
}

// Update changes a room that this agent owns.
func (r *Room) Update(ctx context.Context, change RoomChange) (RoomInfo, error) {
	in := input{}
	for name, text := range map[string]*string{"name": change.Name, "description": change.Description, "key": change.Key} {
		if text != nil {
			in[name] = *text
		}
	}
	if change.Retention != nil {
		in["retention"] = *change.Retention
	}
	if change.DropMembers {
		in["members"] = "drop"
	}
	var info RoomInfo
	err := r.call(ctx, roomUpdate, in, &info, true)
	return info, err
}

// Remove takes a member out of a room that this agent owns.
func (r *Room) Remove(ctx context.Context, agent string) error {
	return r.call(ctx, roomRemove, input{"agent": agent}, nil, true)
}

// Member is a member of a room. The name proves nothing.
type Member struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Key      string `json:"key"`
	JoinedAt string `json:"joined_at"`
}

// Members gives every member, page by page.
func (r *Room) Members(ctx context.Context) iter.Seq2[Member, error] {
	return pages(func(next string) ([]Member, string, error) {
		in := input{"limit": 200}
		set(in, "next", next)
		var page struct {
			Members []Member `json:"members"`
			Next    string   `json:"next"`
		}
		err := r.call(ctx, roomMembers, in, &page, false)
		return page.Members, page.Next, err
	})
}

// pages gives what is on pages, each of which says how to get the next.
func pages[T any](read func(next string) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for next, isFirst := "", true; isFirst || next != ""; isFirst = false {
			items, after, err := read(next)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			next = after
		}
	}
}
