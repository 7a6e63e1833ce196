package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// The chat measurement: members of one room, of whom the first few send.
const (
	members  = 50
	senders  = 4
	textSize = 32 // bytes of a message's text
)

// member is one WebSocket in the room. It does as little per frame as it can, since it runs on the
// cores it measures: those who only listen look at the head of a frame and skip the rest.
type member struct {
	conn  *websocket.Conn
	id    []byte // "NAME" with its quotes, as it stands in a message; nil for those who only listen
	say   []byte // the frame a sender sends
	heard atomic.Int64
	other atomic.Int64 // frames that were not messages
}

// The kind of a frame stands at its head; a whole message fits into frameBytes.
const (
	kindBytes  = 64
	frameBytes = 512
)

// driveChat lets the members talk for warm, then counts what all of them together receive for d.
// Each sender keeps window messages under way: it sends the next when it has seen one of its own.
func driveChat(ctx context.Context, addr, room string, window int, warm, d time.Duration) (s sample, err error) {
	joined, err := join(ctx, addr, room)
	var listening sync.WaitGroup
	defer func() {
		for _, m := range joined {
			m.conn.Close()
		}
		listening.Wait()
	}()
	if err != nil {
		return sample{}, err
	}
	broken := make(chan error, members)
	for _, m := range joined {
		listening.Go(func() { broken <- m.take(window) })
	}
	if err := wait(ctx, warm, broken); err != nil {
		return sample{}, err
	}
	start := time.Now()
	before, otherBefore := heard(joined)
	if err := wait(ctx, d, broken); err != nil {
		return sample{}, err
	}
	after, otherAfter := heard(joined)
	return sample{Done: after - before, Errors: otherAfter - otherBefore, Elapsed: time.Since(start)}, nil
}

// wait lets time pass, unless the program is told to end or a member is cut off.
func wait(ctx context.Context, d time.Duration, broken <-chan error) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case err := <-broken:
		return fmt.Errorf("listen in the room: %w", err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func heard(room []*member) (messages, other int) {
	for _, m := range room {
		messages += int(m.heard.Load())
		other += int(m.other.Load())
	}
	return messages, other
}

// join connects every member; those that did connect are returned also with an error.
func join(ctx context.Context, addr, room string) ([]*member, error) {
	dialer := websocket.Dialer{ReadBufferSize: 16 << 10, HandshakeTimeout: 10 * time.Second}
	var joined []*member
	for i := range members {
		name := fmt.Sprintf("member-%d", i)
		conn, resp, err := dialer.DialContext(ctx, fmt.Sprintf("ws://%s/room/%s/ws?userId=%s", addr, room, name), nil)
		if err != nil {
			return joined, fmt.Errorf("join room %s: %w", room, err)
		}
		resp.Body.Close()
		m := &member{conn: conn}
		if i < senders {
			m.id = fmt.Appendf(nil, "%q", name)
			m.say = fmt.Appendf(nil, `{"type":"chat","text":%q}`, strings.Repeat("x", textSize))
		}
		joined = append(joined, m)
	}
	return joined, nil
}

// take sends a sender's first messages, each echo of which calls for the next, and counts messages
// until the connection ends, which is always an error.
func (m *member) take(window int) error {
	for i := 0; m.say != nil && i < window; i++ {
		if err := m.conn.WriteMessage(websocket.TextMessage, m.say); err != nil {
			return err
		}
	}
	want := kindBytes
	if m.id != nil {
		want = frameBytes
	}
	buf := make([]byte, want)
	for {
		_, r, err := m.conn.NextReader()
		if err != nil {
			return err
		}
		n, err := io.ReadFull(r, buf) // what is left of the frame the next NextReader skips
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return err
		}
		if !bytes.Contains(buf[:min(n, kindBytes)], []byte(`"type":"message"`)) {
			m.other.Add(1)
			continue
		}
		m.heard.Add(1)
		if m.id == nil || !bytes.Contains(buf[:n], m.id) {
			continue
		}
		if err := m.conn.WriteMessage(websocket.TextMessage, m.say); err != nil {
			return err
		}
	}
}
