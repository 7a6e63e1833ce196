package refimpl

import (
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/frame"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
)

// wire is a node's end of one WebSocket. It belongs to the node, not to an
// instance: an object that hibernates leaves it as it is.
//
//	shard  --post--> outbox --writer--> connection
//	shard <--hear--  listen <---------- connection
//
// Frames leave in the order in which they were posted. An idle wire holds no
// buffer: what it costs is this struct and the small stack of its listener.
type wire struct {
	all    *wires
	mail   *mailbox // of the shard
	of     object.Identity
	edge   regions.ID // where it came in; may be empty
	socket *actor.Socket
	conn   net.Conn
	raw    syscall.RawConn // nil where a connection has none

	heard    atomic.Int64 // when the peer last said something, Unix nanoseconds
	answered atomic.Int64 // when the node last answered by itself, Unix nanoseconds; 0 is never
	reply    *autoReply   // the object's; nil until the socket is accepted

	mu    sync.Mutex
	state wireState
	out   outbox
}

// wireState is what became of a wire so far; all of it is under wire.mu.
type wireState struct {
	accepted  bool // the object has the socket
	abandoned bool // the client left before the upgrade
	ended     bool // nothing more may be posted
	told      bool // the object knows of the end, or soon will
	severed   bool // cut by the node or the reset of the object: its class does not hear of it
	inbound   int  // messages that the object has not handled yet
	unheard   int  // messages whose handlers have not come to their first wait
	endedAt   time.Time
	changed   sync.Cond // inbound fell, the outbox is empty, or the wire was cut
}

// outbox is what waits to be written. Frames are shared between the wires of a
// broadcast, so a slow reader costs memory only for what the others have read.
type outbox struct {
	frames *[][]byte // nil when there are none
	bytes  int       // of frames, and of what a writer has in hand
	busy   bool      // a writer has the wire, or it is in line for one
}

// attach starts the way out, with what was posted before: the last of it may be that
// the object has moved meanwhile.
func (w *wire) attach(conn net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn, w.raw = conn, rawOf(conn)
	switch {
	case w.due():
		w.all.writers.add(w)
	case w.state.severed: // it was cut
		_ = conn.Close()
	}
}

// say posts a frame and sees to it that it is written.
func (w *wire) say(framed []byte, last bool) {
	if w.post(framed, last) {
		w.all.writers.add(w)
	}
}

// post puts a frame in line, and says whether the caller must now add the wire to
// the writers. A reader too slow for the frames in line is told so, as the last of them.
func (w *wire) post(framed []byte, last bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state.ended {
		return false
	}
	if w.out.bytes > 0 && w.out.bytes+len(framed) > w.all.limits.QueueBytes && !last {
		framed, last = frame.AppendClose(nil, frame.TryAgainLater, "the reader is too slow"), true
	}
	if last {
		w.state.ended, w.state.endedAt = true, time.Now()
		w.state.changed.Broadcast()
	}
	if w.out.frames == nil {
		w.out.frames = w.all.batches.Get().(*[][]byte)
	}
	*w.out.frames = append(*w.out.frames, framed)
	w.out.bytes += len(framed)
	return w.due()
}

// due says whether the wire needs a writer, which the caller must then find; w.mu is held.
func (w *wire) due() bool {
	if w.conn == nil || w.out.busy || w.out.frames == nil {
		return false
	}
	w.out.busy = true
	return true
}

// take gives a writer all that waits. Without any, the writer is done with the wire.
func (w *wire) take() *[][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	frames := w.out.frames
	w.out.frames = nil
	if frames == nil {
		w.out.busy = false
		w.state.changed.Broadcast()
	}
	return frames
}

// wrote accounts for what a writer has written, and says whether there is more.
func (w *wire) wrote(frames *[][]byte) bool {
	bytes := 0
	for _, f := range *frames {
		bytes += len(f)
	}
	clear(*frames) // they are shared: let go of them
	*frames = (*frames)[:0]
	w.all.batches.Put(frames)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.bytes -= bytes
	if w.out.frames != nil {
		return true
	}
	w.out.busy = false
	w.state.changed.Broadcast()
	return false
}

// close sends a Close frame. The connection ends when the other side answers it.
func (w *wire) close(code int, reason string) {
	w.say(frame.AppendClose(nil, code, reason), true)
}

// fail gives the connection up: its listener sees it and tells the object.
func (w *wire) fail() {
	_ = w.conn.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.ended = true
	w.out = outbox{}
	w.state.changed.Broadcast()
}

// cut ends the connection without a Close frame, and without a word to the object.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.severed, w.state.ended = true, true
	w.out.frames = nil
	if w.conn != nil {
		_ = w.conn.Close()
	}
	w.state.changed.Broadcast()
}

// reset cuts the wire because its object was reset, unless it was dismissed.
func (w *wire) reset() {
	if !w.wasCut() {
		w.cut()
	}
}

// dismiss closes the socket without a word to the object, which is not here any more.
func (w *wire) dismiss(code int, reason string) {
	w.close(code, reason)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.severed = true
	w.state.changed.Broadcast()
}

func (w *wire) wasCut() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.severed
}

// finished says whether an object that knows of the end has nothing more to say to the peer.
func (w *wire) finished(answered bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.told && (w.state.ended || !answered)
}

// accept says that the object took the socket. It says no if the client left meanwhile.
func (w *wire) accept(reply *autoReply) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reply, w.state.accepted = reply, true
	return !w.state.abandoned
}

// abandon says that the client left before the upgrade. It says no if the object
// does not have the socket, and then it will not keep it.
func (w *wire) abandon() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.abandoned, w.state.ended = true, true
	return w.state.accepted
}

// AutoRespondedAt is part of actor.Responder.
func (w *wire) AutoRespondedAt() time.Time {
	if at := w.answered.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}
