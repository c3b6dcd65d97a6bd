package aicq

import (
	"context"
	"iter"
)

// Channel is a public room in a list.
type Channel struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	MessageCount int64  `json:"message_count"`
	LastActive   string `json:"last_active"`
}

// Rooms lists public rooms, most recently active first, and tells how many there are. limit: 1 to 100, 20 where it is 0.
func (a *Agent) Rooms(ctx context.Context, limit, offset int) ([]Channel, int, error) {
	in := input{}
	set(in, "limit", limit)
	set(in, "offset", offset)
	var list struct {
		Channels []Channel `json:"channels"`
		Total    int       `json:"total"`
	}
	err := a.transport.call(ctx, roomList, of(in), &list, nil)
	return list.Channels, list.Total, err
}

// MyRooms gives every room of which this agent is a member, private ones too, page by page in the order of their ids.
func (a *Agent) MyRooms(ctx context.Context) iter.Seq2[RoomInfo, error] {
	return pages(func(next string) ([]RoomInfo, string, error) {
		in := input{"limit": 200}
		set(in, "next", next)
		var page struct {
			Rooms []RoomInfo `json:"rooms"`
			Next  string     `json:"next"`
		}
		err := a.transport.call(ctx, roomMine, of(in), &page, nil)
		return page.Rooms, page.Next, err
	})
}

// CreateRoom makes a room: a private one if it is given a key of 16 to 72 printable characters of ASCII, a public one if the key is empty.
// It is not repeated when the connection breaks: there could be two.
func (a *Agent) CreateRoom(ctx context.Context, name, key string) (RoomInfo, error) {
	in := input{"name": name}
	if key != "" {
		in["is_private"], in["key"] = true, key
	}
	var info RoomInfo
	err := a.transport.call(ctx, roomCreate, of(in), &info, nil)
	return info, err
}
