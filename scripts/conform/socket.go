package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/durabench/durabench/refimpl/text"
)

// messagePatience bounds the wait for one message.
const messagePatience = 20 * time.Second

// queueBound is how many messages a socket holds for the scenario; the reader waits beyond.
const queueBound = 4096

// socket is a client's end of a WebSocket.
type socket struct {
	conn  *websocket.Conn
	probe bool        // of a probe: it answers programs
	heard chan string // messages and pongs, then how it ended; closed after that
	read  sync.WaitGroup
	over  bool // the client ended it, or heard that it ended
}

func (p *player) open(ctx context.Context, s step) (string, error) {
	path, probe := p.expand(s.Of), false
	if !strings.HasPrefix(s.Of, "/") {
		path, probe = p.path(s.Of)+"/ws", true
	}
	if s.Path != "" {
		path += "?" + s.Path
	}
	conn, answer, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+p.stage.Address()+path, nil)
	if errors.Is(err, websocket.ErrBadHandshake) {
		defer answer.Body.Close()
		var body [4096]byte
		n, _ := answer.Body.Read(body[:])
		return describe(answer, body[:n]), nil
	}
	if err != nil {
		return "", err
	}
	c := &socket{conn: conn, probe: probe, heard: make(chan string, queueBound)}
	p.sockets[s.Who] = c
	conn.SetPongHandler(func(data string) error {
		c.heard <- "pong " + data
		return nil
	})
	c.read.Go(c.listen)
	return fmt.Sprintf("%d %s", answer.StatusCode, answer.Header.Get("Sec-WebSocket-Protocol")), nil
}

// listen hears until the socket ends.
func (c *socket) listen() {
	defer close(c.heard)
	for {
		kind, data, err := c.conn.ReadMessage()
		var closed *websocket.CloseError
		switch {
		case errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure:
			c.heard <- fmt.Sprintf("closed %d %q", closed.Code, closed.Text)
			return
		case err != nil:
			c.heard <- "closed without a Close frame"
			return
		case kind == websocket.BinaryMessage:
			c.heard <- fmt.Sprintf("binary %v", data)
		default:
			c.heard <- "text " + brief(string(data))
		}
	}
}

// brief keeps a transcript readable where a message is only large: JSON in its one spelling, of which
// the sum tells whether two are the same.
func brief(message string) string {
	const most = 8192
	if len(message) <= most {
		return message
	}
	if spelled, ok := respell(message); ok {
		message = spelled
	}
	return fmt.Sprintf("%s… (%d bytes, sum %s)", message[:16], len(message), text.Sum(message))
}

// end cuts the connection and waits for the reader.
func (c *socket) end() {
	_ = c.conn.Close() // it may have ended by itself
	for range c.heard {
	}
	c.read.Wait()
}

func (c *socket) do(s step) (string, error) {
	soon := time.Now().Add(messagePatience)
	switch s.Verb {
	case "send":
		return "", c.conn.WriteMessage(websocket.TextMessage, []byte(s.Body))
	case "binary":
		return "", c.conn.WriteMessage(websocket.BinaryMessage, s.Program)
	case "ping":
		return "", c.conn.WriteControl(websocket.PingMessage, []byte(s.Body), soon)
	case "close":
		c.over = true
		return "", c.conn.WriteControl(websocket.CloseMessage, closeFrame(s.Number, s.Body), soon)
	case "drop":
		c.over = true
		return "", c.conn.NetConn().Close()
	case "tell":
		if err := c.conn.WriteMessage(websocket.TextMessage, s.Program); err != nil {
			return "", err
		}
		return c.takeUntil(isResults)
	case "take":
		left := s.Number
		return c.takeUntil(func(string) bool { left--; return left == 0 })
	case "closed":
		answer, err := c.takeUntil(func(string) bool { return false })
		if errors.Is(err, errEnded) {
			return answer, nil
		}
		return answer, err
	}
	return "", fmt.Errorf("unknown step %q", s.Verb)
}

// closeFrame is empty for the code that says that there was none.
func closeFrame(code int, reason string) []byte {
	if code == websocket.CloseNoStatusReceived {
		return nil
	}
	return websocket.FormatCloseMessage(code, reason)
}

func isResults(message string) bool {
	var found struct {
		Results json.RawMessage `json:"results"`
	}
	body, ok := strings.CutPrefix(message, "text ")
	return ok && json.Unmarshal([]byte(body), &found) == nil && found.Results != nil
}

// takeUntil takes messages up to the one that is wanted. The end of the socket is a message too.
func (c *socket) takeUntil(last func(string) bool) (string, error) {
	var all []string
	patience := time.NewTimer(messagePatience)
	defer patience.Stop()
	for {
		select {
		case message, ok := <-c.heard:
			if !ok {
				c.over = true
				return strings.Join(all, " | "), errEnded
			}
			all = append(all, message)
			if strings.HasPrefix(message, "closed ") {
				c.over = true
				return strings.Join(all, " | "), nil
			}
			if last(message) {
				return strings.Join(all, " | "), nil
			}
		case <-patience.C:
			return "", fmt.Errorf("nothing came for %s after %q", messagePatience, all)
		}
	}
}
