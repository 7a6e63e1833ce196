package refimpl

import (
	"sync"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// IdlePatienceOfEdges is what a home must outlast.
const IdlePatienceOfEdges = edgeIdlePatience

// AppendPart writes and SumOf reads the parts of a Server-Timing header.
var (
	AppendPart = appendPart
	SumOf      = sumOf
)

// MeterOneReply counts a reply as a shard does.
func MeterOneReply() func() {
	m := &meter{}
	at := time.Unix(0, 0)
	t := &turn{instants: instants{arrived: at, began: at.Add(3e3), ended: at.Add(5e3), released: at.Add(1e6)}, reply: &object.Response{Status: 200}}
	return func() { m.reply(t) }
}

// BentHome is a home whose calls somebody bends on their way.
type BentHome struct {
	Home
	Bend func(deliver func())
}

func (b BentHome) call(to object.Identity, request *object.Request, answered func(answer)) error {
	b.Bend(func() {
		var once sync.Once // the caller hears one answer, whatever was done
		if err := b.Home.(callee).call(to, request, func(a answer) { once.Do(func() { answered(a) }) }); err != nil {
			answered(answer{cause: callFailure(to.ID, err)})
		}
	})
	return nil
}

// Unanswered is how many calls wait for something on a node.
func Unanswered(n *Node) int {
	n.calls.mu.Lock()
	defer n.calls.mu.Unlock()
	n.outbound.mu.Lock()
	defer n.outbound.mu.Unlock()
	return len(n.calls.turns) + len(n.outbound.seeking)
}
