package refimpl

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/frame"
	"github.com/durabench/durabench/refimpl/object"
)

// autoReply is what a node answers for an object by itself. The shard sets it,
// the listeners of the object's sockets read it.
type autoReply struct {
	pair atomic.Pointer[replyPair]
}

type replyPair struct {
	of     *actor.AutoResponse
	framed []byte
}

// listen reads a socket until it ends, and tells its object what came. Early are
// the bytes that came together with the request for the upgrade.
func (w *wire) listen(conn net.Conn, early []byte) {
	defer w.all.readers.Done()
	w.heard.Store(time.Now().UnixNano())
	w.attach(conn)
	ending := w.read(early)
	if !w.wasCut() {
		w.tell(ending)
	}
	w.linger(ending)
	w.all.remove(w)
}

// ending is how a socket ended: with what the object hears.
type ending struct {
	closing object.Closing
	fault   error // the peer broke the protocol, and the object hears this instead
}

// answered says whether the peer waits for a Close frame.
func (e ending) answered() bool { return e.closing.Clean || e.fault != nil }

// read decodes what comes, until the end.
func (w *wire) read(early []byte) ending {
	decoder := frame.NewDecoder(w.all.limits.MessageBytes)
	if end, ended := w.decode(&decoder, early); ended {
		return end
	}
	next := readerOf(w.conn, w.raw, &w.all.buffers)
	for {
		buffer, data, err := next()
		if err != nil {
			return ending{closing: lostSocket()}
		}
		w.heard.Store(time.Now().UnixNano())
		end, ended := w.decode(&decoder, data)
		if buffer != nil {
			w.all.buffers.Put(buffer)
		}
		if ended {
			return end
		}
	}
}

// decode handles all frames that data completes.
func (w *wire) decode(decoder *frame.Decoder, data []byte) (ending, bool) {
	for {
		event, rest, ok, err := decoder.Next(data)
		if err != nil {
			return violation(err), true
		}
		if !ok {
			return ending{}, false
		}
		data = rest
		switch event.Opcode {
		case frame.Close:
			// The object's turn answers it: what it says of the messages before goes first.
			return ending{closing: object.Closing{Code: event.Code, Reason: string(event.Data), Clean: true}}, true
		case frame.Ping:
			w.say(frame.Append(nil, frame.Pong, event.Data), false)
		case frame.Pong:
		default:
			w.message(event)
		}
	}
}

func violation(err error) ending {
	var v *frame.Violation
	if !errors.As(err, &v) {
		return ending{closing: lostSocket()}
	}
	return ending{closing: object.Closing{Code: v.Code}, fault: v}
}

// message is answered at once, if that is what the object asked for; else it is the object's.
func (w *wire) message(event frame.Event) {
	if w.reply != nil && event.Opcode == frame.Text {
		if pair := w.reply.pair.Load(); pair != nil && pair.of.Request == string(event.Data) {
			w.awaitHeard()
			w.answered.Store(time.Now().UnixNano())
			w.say(pair.framed, false)
			return
		}
	}
	w.await()
	work := actor.Work{Kind: actor.Message, Socket: w.socket, Message: object.Message{Binary: event.Opcode == frame.Binary, Data: event.Data}}
	if !w.mail.offer(w.turn(work)) {
		w.handled()
		w.began()
		w.close(frame.TryAgainLater, actor.ErrOverloaded.Error())
	}
}

// await counts a message in, and waits if the object has too many to handle: then
// the client's own sending stops.
func (w *wire) await() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.state.inbound >= w.all.limits.Inbound && !w.state.severed {
		w.state.changed.Wait()
	}
	w.state.inbound++
	w.state.unheard++
}

// awaitHeard waits until what the object says at once to the messages before is in
// line: an answer of the node keeps its place among the object's (semantics of
// workerd, which runs a message's handler to its first wait before it reads on).
func (w *wire) awaitHeard() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.state.unheard > 0 && !w.state.severed {
		w.state.changed.Wait()
	}
}

// began says that a message's handler has come to its first wait, or that it never will run.
func (w *wire) began() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.unheard--
	w.state.changed.Broadcast()
}

// handled counts a message out.
func (w *wire) handled() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state.inbound >= w.all.limits.Inbound {
		w.heard.Store(time.Now().UnixNano()) // we did not listen: its silence begins now
	}
	w.state.inbound--
	w.state.changed.Broadcast()
}

// tell tells the object how its socket ended. It is always taken: there is one for each socket.
func (w *wire) tell(e ending) {
	w.mu.Lock()
	w.state.told = true
	w.mu.Unlock()
	work := actor.Work{Kind: actor.Closed, Socket: w.socket, Closing: e.closing, Fault: e.fault}
	w.mail.put(w.turn(work))
}

func (w *wire) turn(work actor.Work) *turn {
	return &turn{identity: w.of, instants: instants{arrived: w.all.clock()}, wire: w, work: work}
}

func lostSocket() object.Closing {
	return object.Closing{Code: frame.Abnormal, Reason: "the connection was lost"}
}

// lingering bounds the wait for a peer to end the connection after the Close frames.
const lingering = time.Second

// linger ends a connection so that what was written last arrives: it waits until
// the peer's Close is answered and all is written and, for a while, until the peer
// has ended its side. To close with bytes unread would take the Close frame back.
func (w *wire) linger(e ending) {
	if e.answered() { // an object that takes too long does not keep the peer waiting
		late := time.AfterFunc(closePatience, func() { w.close(e.closing.Code, "") })
		defer late.Stop()
	}
	w.mu.Lock()
	for w.out.busy || e.answered() && !w.state.ended { // a wire that is cut has ended, and its writer fails
		w.state.changed.Wait()
	}
	w.mu.Unlock()
	if closeHalf(w.raw) == nil {
		_ = w.conn.SetReadDeadline(time.Now().Add(lingering))
		_, _ = io.Copy(io.Discard, w.conn)
	}
	w.fail()
}

// readPlainly reads a connection that cannot say when there is something to read.
func readPlainly(conn net.Conn) func() (*[]byte, []byte, error) {
	buffer := make([]byte, 1024)
	return func() (*[]byte, []byte, error) {
		n, err := conn.Read(buffer)
		if n > 0 {
			return nil, buffer[:n], nil
		}
		return nil, nil, err
	}
}
