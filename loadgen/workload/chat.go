package workload

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"

	"github.com/durabench/durabench/loadgen"
)

// Chat fills rooms with members, some of whom send texts.
type Chat struct {
	rooms   []string
	members int // per room
	senders int // of them
	bytes   int // least length of a text
	run     string
}

func newChat(o Options) (*Chat, error) {
	c := &Chat{
		rooms:   names(o.Run, "room", orDefault(o.Objects, 1)),
		members: orDefault(o.Members, 10),
		bytes:   o.Bytes,
		run:     o.Run,
	}
	c.senders = orDefault(o.Senders, min(c.members, 4))
	if c.senders > c.members {
		return nil, fmt.Errorf("workload chat: %d senders in a room of %d members", c.senders, c.members)
	}
	return c, nil
}

// Class is "chat".
func (c *Chat) Class() string { return "chat" }

// Clients is how many members there are in all rooms.
func (c *Chat) Clients() int { return len(c.rooms) * c.members }

// Objects are the rooms.
func (c *Chat) Objects() []string { return c.rooms }

func (c *Chat) String() string {
	return fmt.Sprintf("%d rooms of %d members, %d of whom send", len(c.rooms), c.members, c.senders)
}

// Members says who is where. The members of a room are neighbours, because
// neighbouring clients enter at different edges: each room spans them all.
func (c *Chat) Members() []loadgen.Member {
	all := make([]loadgen.Member, c.Clients())
	for client := range all {
		name := c.rooms[client/c.members]
		all[client] = loadgen.Member{
			Client: client,
			Object: name,
			Path:   fmt.Sprintf("/room/%s/ws?userId=u%d", name, client),
		}
	}
	return all
}

// Next draws a room and one of its senders. The text is the run and the number,
// so that no text is ever sent twice.
func (c *Chat) Next(seq uint64, random *rand.Rand) loadgen.Ask {
	room := random.IntN(len(c.rooms))
	// Shifted by the room, so that the senders of all rooms enter at all edges.
	sender := (room + random.IntN(c.senders)) % c.members
	text := c.run + "#" + strconv.FormatUint(seq, 10)
	if short := c.bytes - len(text); short > 0 {
		text += strings.Repeat(".", short)
	}
	return loadgen.Ask{
		Client:    room*c.members + sender,
		Object:    c.rooms[room],
		Operation: loadgen.Operation{Kind: loadgen.Send, Text: text},
		Method:    http.MethodGet,
		Path:      "/room/" + c.rooms[room] + "/ws",
	}
}

// Decode is for replies over HTTP, of which a member gets none.
func (c *Chat) Decode(kind loadgen.Kind, status int, body []byte) (loadgen.Reply, error) {
	return loadgen.Reply{}, fmt.Errorf("read chat's reply to %s, status %d, %.80q: chat has no HTTP operations", kind, status, body)
}
