package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// member is one WebSocket in the room. It does as little per frame as it can, since it runs on the
// cores it measures: it reads the frames itself, many to a system call, and looks no further than
// their heads, unless it is a sender.
type member struct {
	conn  net.Conn
	id    []byte // "NAME" with its quotes, as it stands in a message; nil for those who only listen
	say   []byte // the frame a sender sends
	held  []byte // of a frame whose end is still to come
	heard atomic.Int64
	other atomic.Int64 // frames that were not messages
}

// The kind of a frame stands at its head; a whole message fits into frameBytes.
const (
	kindBytes  = 64
	frameBytes = 512
	readBytes  = 64 << 10
)

// frame makes a client's frame. The mask is the same for all: nobody here needs it to be a secret.
func frame(opcode byte, payload []byte) []byte {
	mask := [4]byte{0x12, 0x34, 0x56, 0x78}
	out := []byte{0x80 | opcode, 0x80 | byte(len(payload))}
	if len(payload) > 125 {
		out = binary.BigEndian.AppendUint16([]byte{0x80 | opcode, 0x80 | 126}, uint16(len(payload)))
	}
	out = append(out, mask[:]...)
	for i, b := range payload {
		out = append(out, b^mask[i%4])
	}
	return out
}

// connect joins a room.
func connect(ctx context.Context, addr, room, name string) (*member, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	m := &member{conn: conn}
	if err := m.shake(addr, room, name); err != nil {
		conn.Close()
		return nil, err
	}
	return m, nil
}

func (m *member) shake(addr, room, name string) error {
	if _, err := fmt.Fprintf(m.conn, "GET /room/%s/ws?userId=%s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n", room, name, addr); err != nil {
		return err
	}
	in := bufio.NewReader(m.conn)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("the answer is %s", resp.Status)
	}
	early, err := in.Peek(in.Buffered())
	m.held = bytes.Clone(early)
	return err
}

// speak makes a member a sender, with window messages under way.
func (m *member) speak(name string) {
	m.id = fmt.Appendf(nil, "%q", name)
	m.say = frame(1, fmt.Appendf(nil, `{"type":"chat","text":%q}`, strings.Repeat("x", textSize)))
}

func (m *member) begin(window int) error {
	for i := 0; m.say != nil && i < window; i++ {
		if _, err := m.conn.Write(m.say); err != nil {
			return err
		}
	}
	return nil
}

// feed takes the frames that data completes. A sender answers each echo with its next message.
func (m *member) feed(data []byte) error {
	if len(m.held) > 0 {
		m.held = append(m.held, data...)
		data = m.held
	}
	for {
		opcode, payload, rest, ok := cut(data)
		if !ok {
			m.held = append(m.held[:0], data...)
			return nil
		}
		data = rest
		if err := m.take(opcode, payload); err != nil {
			return err
		}
	}
}

// cut takes the first frame of a server off data.
func cut(data []byte) (opcode byte, payload, rest []byte, ok bool) {
	if len(data) < 2 {
		return 0, nil, data, false
	}
	head, n := 2, int(data[1])
	switch {
	case n == 126 && len(data) >= 4:
		head, n = 4, int(binary.BigEndian.Uint16(data[2:]))
	case n == 127 && len(data) >= 10:
		head, n = 10, int(binary.BigEndian.Uint64(data[2:]))
	}
	if n < 0 || len(data)-head < n || n >= 126 && head == 2 {
		return 0, nil, data, false
	}
	return data[0] & 0xf, data[head : head+n], data[head+n:], true
}

func (m *member) take(opcode byte, payload []byte) error {
	switch opcode {
	case 8:
		return errors.New("the server closed the connection")
	case 9:
		_, err := m.conn.Write(frame(10, payload))
		return err
	case 10:
		return nil
	}
	if !bytes.Contains(payload[:min(len(payload), kindBytes)], []byte(`"type":"message"`)) {
		m.other.Add(1)
		return nil
	}
	m.heard.Add(1)
	if m.id == nil || !bytes.Contains(payload[:min(len(payload), frameBytes)], m.id) {
		return nil
	}
	_, err := m.conn.Write(m.say)
	return err
}

// listen hears a member until its connection ends, which is always an error.
func (m *member) listen(window int) error {
	if err := m.begin(window); err != nil {
		return err
	}
	if err := m.feed(nil); err != nil {
		return err
	}
	buf := make([]byte, readBytes)
	for {
		n, err := m.conn.Read(buf)
		if err != nil {
			return err
		}
		if err := m.feed(buf[:n]); err != nil {
			return err
		}
	}
}
