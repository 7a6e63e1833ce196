package refimpl

import (
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
	t := &turn{arrived: at, began: at.Add(3e3), ended: at.Add(5e3), released: at.Add(1e6), reply: &object.Response{Status: 200}}
	return func() { m.reply(t) }
}
