package refimpl

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
)

// movedHeader tells an edge where an object lives now that it believed elsewhere. The
// home that served it says so, and the directory's answer does for a request that has
// found nobody. An answer that comes back through several homes has a word of each; the
// last is of who was nearest to the object.
const movedHeader = "X-Durabench-Moved"

// hopsHeader counts, between nodes, how often a request was sent on.
const hopsHeader = "X-Durabench-Hops"

// maxHops bounds how often a request is sent after its object.
const maxHops = 8

// trailLength bounds how many objects a node remembers to have left it, and where they
// went. Of those it has forgotten the directory knows.
const trailLength = 50_000

// movedTo is where an answer says that its object lives; empty if it does not say.
func movedTo(h http.Header) regions.ID {
	moved := h[movedHeader]
	if len(moved) == 0 {
		return ""
	}
	return regions.ID(moved[len(moved)-1])
}

// follow sends a request after its object. It says no if there is no way to find
// it; then nothing was written.
func (n *Node) follow(w http.ResponseWriter, r *http.Request, request *object.Request, to Target) bool {
	edge := n.outbound.way()
	if edge == nil || to.Hops >= maxHops {
		return false
	}
	select {
	case <-n.moves.over(to.Object.ID):
	case <-n.watcher:
		return false
	case <-r.Context().Done():
		return false
	}
	var region regions.ID
	var home Home
	if to.Hops == 0 && !request.Upgrade {
		region, home = n.recall(edge.locator, to.Object)
	}
	remembered := home != nil
	if !remembered {
		var err error
		if region, home, err = n.locate(r.Context(), edge.locator, to.Object); err != nil {
			return false
		}
		w.Header()[movedHeader] = []string{string(region)}
	}
	if request.Upgrade { // its edge sends it on: a socket should not go two ways for as long as it lives
		return false
	}
	to.Hops++
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(request.Body)), int64(len(request.Body))
	if len(request.Body) == 0 {
		r.Body = http.NoBody
	}
	home.Serve(w, r, to)
	if remembered && movedTo(w.Header()) != region { // it has gone on, or its home is no more
		n.trail.drop(to.Object.ID)
	}
	return true
}

// recall is where this node last knew an object to be that has left, which saves a question
// that may go around the world; nil if it knows nothing. What is stale costs the way there,
// and a question from there. But two homes may each remember an object in the other, so
// those that were sent on already must not trust it, nor those that their edge or caller
// sends on, as upgrades and calls: they would go to and fro for ever. For them, locate.
func (n *Node) recall(l *locator, of object.Identity) (regions.ID, Home) {
	at, _ := n.trail.get(of.ID)
	return at, l.homes[at]
}

// locate asks the directory where an object lives that has left, and remembers it.
func (n *Node) locate(ctx context.Context, l *locator, of object.Identity) (regions.ID, Home, error) {
	at, home, err := l.again(ctx, of)
	switch {
	case err != nil:
	case home == Home(n):
		n.trail.drop(of.ID)
		n.shardOf(of.ID).mail.put(stayLetter{id: of.ID})
	default:
		n.trail.put(of.ID, at)
	}
	return at, home, err
}

// recheck sees to it that an object that came back is not refused for ever: calls
// are not sent on, so their callers are answered when this node has asked, too.
func (n *Node) recheck(of object.Identity, then func()) {
	edge := n.outbound.way()
	if edge == nil {
		then()
		return
	}
	n.outbound.lookups.Go(func() {
		defer then()
		select {
		case <-n.moves.over(of.ID):
		case <-n.outbound.open.Done():
			return
		}
		_, _, _ = n.locate(n.outbound.open, edge.locator, of) // who called asks again, whatever it says
	})
}
