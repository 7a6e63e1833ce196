package refimpl

import (
	"encoding/binary"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/durabench/durabench/refimpl/object"
)

const (
	wireBytes    = 1 << 20          // waiting for a slow reader; over it the socket is closed with 1013
	writePatient = 10 * time.Second // for one write to a reader that does not read
)

// wire is the way out to one WebSocket. The shard puts messages; they are framed
// at once, and whatever has gathered leaves in one write. A writer runs only
// while there is something to write, so an idle socket costs none.
//
// The library's own control frames (pong, the answer to a close) go through the
// same net.Conn, whose writes are whole, so frames never mix.
type wire struct {
	mu      sync.Mutex
	conn    net.Conn // nil until the upgrade is done
	out     []byte   // framed
	spare   []byte
	writing bool
	ended   bool // nothing more may be put
	severed bool // cut by the object's reset: its class does not hear of it
	writers *sync.WaitGroup
}

// attach starts the way out, with what was put before.
func (w *wire) attach(conn net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn = conn
	if w.severed {
		_ = conn.Close()
		return
	}
	w.start()
}

func (w *wire) send(m object.Message) {
	opcode := byte(websocket.TextMessage)
	if m.Binary {
		opcode = websocket.BinaryMessage
	}
	w.put(opcode, m.Data, false)
}

// close sends a Close frame. The connection ends when the other side answers it.
func (w *wire) close(code int, reason string) {
	w.put(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), true)
}

func (w *wire) ping() { w.put(websocket.PingMessage, nil, false) }

func (w *wire) put(opcode byte, payload []byte, last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return
	}
	if len(w.out)+len(payload) > wireBytes && !last {
		opcode, last = websocket.CloseMessage, true
		payload = websocket.FormatCloseMessage(websocket.CloseTryAgainLater, "the reader is too slow")
	}
	w.ended = last
	w.out = appendFrame(w.out, opcode, payload)
	w.start()
}

// start sees to it that a writer runs; w.mu is held.
func (w *wire) start() {
	if w.conn != nil && !w.writing && len(w.out) > 0 {
		w.writing = true
		w.writers.Go(w.write)
	}
}

func (w *wire) write() {
	for {
		w.mu.Lock()
		if len(w.out) == 0 {
			w.writing = false
			w.mu.Unlock()
			return
		}
		data := w.out
		w.out = w.spare[:0]
		w.spare = nil
		w.mu.Unlock()

		_ = w.conn.SetWriteDeadline(time.Now().Add(writePatient))
		if _, err := w.conn.Write(data); err != nil {
			_ = w.conn.Close() // the reader of this connection sees it and tells the object
			w.end()
			return
		}
		w.mu.Lock()
		if cap(data) <= 64<<10 {
			w.spare = data
		}
		w.mu.Unlock()
	}
}

// end lets go of what can no longer be sent.
func (w *wire) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended, w.out, w.spare, w.writing = true, nil, nil, false
}

// cut ends the connection without a Close frame.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.severed, w.ended, w.out = true, true, nil
	if w.conn != nil {
		_ = w.conn.Close()
	}
}

func (w *wire) wasCut() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.severed
}

// appendFrame frames a server's message: one final frame, not masked (RFC 6455, section 5.2).
func appendFrame(out []byte, opcode byte, payload []byte) []byte {
	out = append(out, 0x80|opcode)
	switch n := len(payload); {
	case n < 126:
		out = append(out, byte(n))
	case n <= 0xffff:
		out = append(out, 126)
		out = binary.BigEndian.AppendUint16(out, uint16(n))
	default:
		out = append(out, 127)
		out = binary.BigEndian.AppendUint64(out, uint64(n))
	}
	return append(out, payload...)
}
