package refimpl

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// inbound are the calls that objects elsewhere made of objects here, and the
// trunks that some of them came on.
type inbound struct {
	mu      sync.Mutex
	turns   map[*turn]func(answer) // not answered yet
	trunks  map[net.Conn]*link
	stopped bool
	serving sync.WaitGroup
}

func newInbound() *inbound {
	return &inbound{turns: make(map[*turn]func(answer)), trunks: make(map[net.Conn]*link)}
}

// begin keeps the way back of a call.
func (in *inbound) begin(t *turn, answered func(answer)) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.stopped {
		in.turns[t] = answered
	}
	return !in.stopped
}

// finish answers a call, unless that was done.
func (in *inbound) finish(t *turn) {
	if answered := in.forget(t); answered != nil {
		answered(t.answer())
	}
}

func (in *inbound) forget(t *turn) func(answer) {
	in.mu.Lock()
	defer in.mu.Unlock()
	answered := in.turns[t]
	delete(in.turns, t)
	return answered
}

// connect counts a trunk in.
func (in *inbound) connect(conn net.Conn, l *link) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.stopped {
		in.trunks[conn] = l
		in.serving.Add(1)
	}
	return !in.stopped
}

func (in *inbound) disconnect(conn net.Conn) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.trunks, conn)
	in.serving.Done()
}

// stop answers what nobody will any more. The shards have ended. After a crash
// nothing is said: the connections are cut.
func (in *inbound) stop(crashed bool) {
	in.mu.Lock()
	in.stopped = true
	turns, trunks := in.turns, in.trunks
	in.turns = nil
	for conn, l := range trunks {
		if crashed {
			_ = conn.Close()
		}
		defer l.close() // what is answered below still leaves
	}
	in.mu.Unlock()
	for t, answered := range turns {
		answered(answer{cause: actor.CallFailure(t.identity.ID, errCrashed)})
	}
}

// wait waits for all trunks to end.
func (in *inbound) wait() { in.serving.Wait() }

// call asks for a turn of an object here. If it returns an error the call was not
// delivered, and answered will not be called.
func (n *Node) call(to object.Identity, request *object.Request, answered func(answer)) error {
	t := &turn{identity: to, instants: instants{arrived: n.clock()}, work: actor.Work{Kind: actor.Fetch, Request: request}, calls: n.calls}
	back := func(a answer) {
		if a.moved {
			n.recheck(to, func() { answered(a) })
			return
		}
		answered(a)
	}
	if !n.calls.begin(t, back) {
		return errStopped
	}
	if !n.shardOf(to.ID).mail.offer(t) {
		n.calls.forget(t)
		n.turnedAway.Add(1)
		return actor.ErrOverloaded
	}
	return nil
}

// answer is what the caller hears of a turn that has ended.
func (t *turn) answer() answer {
	switch {
	case t.cause != nil:
		return answer{cause: callFailure(t.identity.ID, t.cause), moved: errors.Is(t.cause, actor.ErrMoved)}
	case t.failed != nil:
		return answer{cause: &object.CallError{Object: t.identity.ID, Remote: true, Message: firstLine(t.failed)}}
	}
	return answer{response: t.reply}
}

// callFailure is for other objects: no stack trace leaves the node.
func callFailure(to object.ID, cause error) *object.CallError {
	e := actor.CallFailure(to, cause)
	e.Message = firstLine(cause)
	return e
}

// serveCalls makes a connection a trunk, and reads it until it ends.
func (n *Node) serveCalls(w http.ResponseWriter, r *http.Request, spaces Namespaces) {
	if r.Header.Get("Upgrade") != callsProtocol {
		w.Header().Set("Upgrade", callsProtocol)
		http.Error(w, "Upgrade Required", http.StatusUpgradeRequired)
		return
	}
	conn, stream, err := http.NewResponseController(w).Hijack()
	if err != nil {
		writeError(w, http.StatusInternalServerError, "", "the connection cannot be taken over")
		return
	}
	l := newLink()
	if !n.calls.connect(conn, l) {
		_ = conn.Close()
		return
	}
	defer n.calls.disconnect(conn)
	if _, err := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "+callsProtocol+"\r\n\r\n"); err != nil {
		_ = conn.Close()
		return
	}
	var writer sync.WaitGroup
	writer.Go(func() { l.write(conn) })
	err = l.read(conn, stream.Reader, maxAskBytes, func(kind byte, data []byte) error {
		if kind != askFrame {
			return fmt.Errorf("%w: kind %d", errBadFrame, kind)
		}
		a, err := parseAsk(data)
		if err == nil {
			n.take(a, spaces, func(back answer) { reply(l, conn, a.number, back) })
		}
		return err
	})
	_ = conn.Close()
	l.close()
	writer.Wait()
	if errors.Is(err, errBadFrame) {
		n.log.Warn("calls cannot be read", "cause", err)
	}
}

// take delivers one call, in the order of its trunk.
func (n *Node) take(a ask, spaces Namespaces, answered func(answer)) {
	space, ok := spaces[a.to.Class]
	if !ok || space.Check(a.to.ID) != nil {
		answered(answer{cause: &object.CallError{Message: "there is no such object here"}})
		return
	}
	if err := n.call(a.to, a.request, answered); err != nil {
		answered(answer{cause: callFailure(a.to.ID, err)})
	}
}

// reply sends an answer back. If that cannot be, the trunk must not pretend to be
// well: its caller would wait for ever.
func reply(l *link, conn net.Conn, number uint64, back answer) {
	if back.response != nil && len(back.response.Body) > maxReplyBytes-1<<20 {
		back = answer{cause: &object.CallError{Remote: true, Message: "the response is over 31 MiB"}}
	}
	if _, err := l.put(func(out []byte) []byte { return appendAnswer(out, number, back) }); err != nil {
		_ = conn.Close()
	}
}
