package refimpl

import (
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
)

// edgeHeader carries, between nodes, where a request came in.
const edgeHeader = "X-Durabench-Edge"

// Visit is one request that a node answered, or one message of a WebSocket that it
// handled, from an edge that says where it is.
type Visit struct {
	Object object.Identity
	Edge   regions.ID
	Opens  bool // a WebSocket
}

// visit tells who visited an object of the node.
func (n *Node) visit(to Target, opens bool) {
	if n.visited != nil && to.Edge != "" {
		n.visited(Visit{to.Object, to.Edge, opens})
	}
}
