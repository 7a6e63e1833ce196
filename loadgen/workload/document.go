package workload

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"

	"github.com/durabench/durabench/loadgen"
)

// Document lets members write texts together. What an edit does follows from its
// name and the text that its author sees; see loadgen.Author.
type Document struct {
	Chat // the members and who of them writes
}

// looks is the share of operations that ask for the object's own text.
const looks = 0.05

func newDocument(o Options) (*Document, error) {
	chat, err := newChat(o)
	if err != nil {
		return nil, err
	}
	chat.rooms = names(o.Run, "doc", orDefault(o.Objects, 1))
	return &Document{*chat}, nil
}

// Class is "document".
func (d *Document) Class() string { return loadgen.DocumentClass }

func (d *Document) String() string {
	return fmt.Sprintf("%d documents of %d members, %d of whom write", len(d.rooms), d.members, d.senders)
}

// Members says who is where, as in a chat.
func (d *Document) Members() []loadgen.Member {
	all := d.Chat.Members()
	for i := range all {
		all[i].Path = fmt.Sprintf("/doc/%s/ws?userId=u%d", all[i].Object, all[i].Client)
	}
	return all
}

// Next draws a document and one of its writers, who mostly edits, and looks at
// what the object has now and then.
func (d *Document) Next(seq uint64, random *rand.Rand) loadgen.Ask {
	at := random.IntN(len(d.rooms))
	kind := loadgen.Send
	if random.Float64() < looks {
		kind = loadgen.Look
	}
	writer := (at + random.IntN(d.senders)) % d.members
	return loadgen.Ask{
		Client:    at*d.members + writer,
		Object:    d.rooms[at],
		Operation: loadgen.Operation{Kind: kind, Text: d.run + "#" + strconv.FormatUint(seq, 10)},
		Method:    http.MethodGet,
		Path:      "/doc/" + d.rooms[at] + "/ws",
	}
}
