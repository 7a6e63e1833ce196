package refimpl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// callee is a home whose objects can be called. It delivers calls in the order in
// which it is asked to, each at most once. An error means that the call was not
// delivered and answered will not be called.
type callee interface {
	call(to object.Identity, request *object.Request, answered func(answer)) error
}

// Bounds of calls on their way.
const (
	callsWaiting  = 1024    // for one object's home to be found
	homesSought   = 1024    // at once
	brokenStubs   = 1 << 14 // that are remembered
	noEdgeMessage = "this node knows no way to other objects"
)

// outbound sends the calls of a node's objects on their way.
//
// Order is kept without numbers or a place to wait at the other end: one lock
// decides it here, a mailbox or a trunk keeps it. A stub one of whose calls failed
// on the way is broken before any later call can be sent, so that none overtakes
// one that was lost.
type outbound struct {
	mu      sync.Mutex
	edge    *Edge // nil until the node has one
	seeking map[object.ID][]*outgoing
	broken  *generations[stubKey, *object.CallError]

	open    context.Context // of lookups
	close   context.CancelFunc
	lookups sync.WaitGroup

	ended [outcomes]atomic.Uint64 // calls, by how
}

// stubKey names a stub on its node.
type stubKey struct {
	from       object.ID
	activation actor.Activation
	stub       uint64
}

// outgoing is a call on its way.
type outgoing struct {
	*actor.Call
	mail *mailbox // of the calling object's shard
}

func newOutbound() *outbound {
	o := &outbound{
		seeking: make(map[object.ID][]*outgoing),
		broken:  newGenerations[stubKey, *object.CallError](brokenStubs),
	}
	o.open, o.close = context.WithCancel(context.Background())
	return o
}

// Reach tells a node the way to other objects: through an edge, which may be its
// own, as an edge's clients reach them. Without one every call fails.
func (n *Node) Reach(edge *Edge) {
	n.outbound.mu.Lock()
	defer n.outbound.mu.Unlock()
	n.outbound.edge = edge
}

// way is the edge that the node was told of; nil if it was not.
func (o *outbound) way() *Edge {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.edge
}

// send is called by shards.
func (o *outbound) send(c *outgoing) {
	o.mu.Lock()
	failed := o.route(c)
	if failed != nil {
		o.breakStub(c, failed)
	}
	o.mu.Unlock()
	if failed != nil {
		o.answer(c, answer{cause: failed})
	}
}

// answer ends a call.
func (o *outbound) answer(c *outgoing, a answer) {
	o.ended[outcomeOfCall(a.cause)].Add(1)
	c.mail.put(c.Answered(a.response, a.cause))
}

// outcomeOfCall is for counting.
func outcomeOfCall(cause *object.CallError) outcome {
	switch {
	case cause == nil:
		return answered
	case cause.Overloaded:
		return overloaded
	case cause.Reset && cause.Retryable:
		return unknown
	case cause.Retryable:
		return retryable
	case cause.Reset:
		return reset
	}
	return failed
}

// route finds the way of a call. o.mu is held.
func (o *outbound) route(c *outgoing) *object.CallError {
	if cause, ok := o.broken.get(c.key()); ok {
		return cause
	}
	if o.edge == nil {
		return &object.CallError{Object: c.To.ID, Message: noEdgeMessage}
	}
	if len(c.Request.Body) > MaxBodyBytes {
		return &object.CallError{Object: c.To.ID, Message: "the request's body is over 1 MiB"}
	}
	if queue, ok := o.seeking[c.To.ID]; ok {
		if len(queue) >= callsWaiting {
			return callFailure(c.To.ID, errTrunkFull)
		}
		o.seeking[c.To.ID] = append(queue, c)
		return nil
	}
	if home, ok := o.edge.locator.known.get(c.To.ID); ok {
		return o.deliver(c, home)
	}
	if len(o.seeking) >= homesSought {
		return callFailure(c.To.ID, errTrunkFull)
	}
	o.seeking[c.To.ID] = []*outgoing{c}
	locator := o.edge.locator
	o.lookups.Go(func() { o.seek(locator, c) })
	return nil
}

// seek asks where an object lives, and sends on all that waited for it.
func (o *outbound) seek(l *locator, first *outgoing) {
	home, err := l.lookUp(o.open, first.To, first.Hint)
	var failed []func()
	o.mu.Lock()
	queue := o.seeking[first.To.ID]
	delete(o.seeking, first.To.ID)
	for _, c := range queue {
		cause := seekFailure(c.To.ID, err)
		if broken, ok := o.broken.get(c.key()); ok {
			cause = broken
		} else if err == nil {
			cause = o.deliver(c, home)
		}
		if cause != nil {
			o.breakStub(c, cause)
			failed = append(failed, func() { o.answer(c, answer{cause: cause}) })
		}
	}
	o.mu.Unlock()
	for _, tell := range failed {
		tell()
	}
}

// lookUp finds the home of an object that another object asks for.
func (l *locator) lookUp(ctx context.Context, of object.Identity, hint object.Hint) (Home, error) {
	space, ok := l.namespaces[of.Class]
	if !ok {
		return nil, fmt.Errorf("%w: class %.80q is not served", errRefused, of.Class)
	}
	if err := space.Check(of.ID); err != nil {
		return nil, err
	}
	if hint != "" && l.places == nil {
		hint = "" // as well as can be
	}
	return l.find(ctx, of, hint)
}

func seekFailure(to object.ID, err error) *object.CallError {
	if err == nil {
		return nil
	}
	refused := errors.Is(err, errRefused) || errors.Is(err, object.ErrBadID)
	return &object.CallError{Object: to, Retryable: !refused, Message: firstLine(err)}
}

// deliver hands a call over to a home. o.mu is held, which is what keeps the order.
func (o *outbound) deliver(c *outgoing, home Home) *object.CallError {
	to, ok := home.(callee)
	if !ok {
		return &object.CallError{Object: c.To.ID, Message: "the object's home takes no calls"}
	}
	request, local := c.Request, false
	if _, local = home.(*Node); local {
		request = copyRequest(request)
	}
	err := to.call(c.To, request, func(a answer) {
		if local && a.response != nil {
			a.response = copyResponse(a.response)
		}
		if a.cause != nil && actor.BreaksStub(a.cause) != nil {
			o.mu.Lock()
			if a.moved {
				o.edge.locator.known.drop(c.To.ID)
			}
			o.breakStub(c, a.cause)
			o.mu.Unlock()
		}
		o.answer(c, a)
	})
	if err != nil {
		return callFailure(c.To.ID, err)
	}
	return nil
}

// breakStub lets no later call of the stub pass. o.mu is held. The calling
// instance hears of it by mail, and may send more before it has read that.
func (o *outbound) breakStub(c *outgoing, cause *object.CallError) {
	o.broken.put(c.key(), actor.BreaksStub(cause))
}

func (c *outgoing) key() stubKey { return stubKey{c.From, c.Activation, c.Stub} }

// stop gives up what is sought. The node's objects are gone: nobody waits.
func (o *outbound) stop() {
	o.close()
	o.lookups.Wait()
}

// Two objects share no memory: either may change what it gave away.
func copyRequest(r *object.Request) *object.Request {
	own := *r
	own.Header, own.Body = r.Header.Clone(), bytes.Clone(r.Body)
	return &own
}

func copyResponse(r *object.Response) *object.Response {
	own := *r
	own.Header, own.Body = r.Header.Clone(), bytes.Clone(r.Body)
	return &own
}
