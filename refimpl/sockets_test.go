package refimpl_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
)

// told is a class whose objects do with their sockets what texts tell them.
type told struct {
	heard chan string
	made  chan struct{} // one token for each instance
}

func newTold() told { return told{make(chan string, 1000), make(chan struct{}, 1000)} }

func (c told) class() object.Class {
	return object.Class{Name: "told", New: func(object.State) (object.Object, error) {
		c.made <- struct{}{}
		return c, nil
	}}
}

func (c told) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	switch {
	case r.Upgrade:
		tags, _ := r.Param("tags")
		socket, err := s.Sockets().Accept(strings.Split(tags, ",")...)
		if err != nil {
			return &object.Response{Status: http.StatusConflict, Body: []byte(err.Error())}, nil
		}
		return &object.Response{Status: http.StatusSwitchingProtocols}, errors.Join(
			socket.SetAttachment([]byte("joined by "+tags)), socket.Send(object.Text([]byte("welcome"))))
	case r.Path == "/panic":
		panic("planted")
	}
	for _, socket := range s.Sockets().All("") {
		if err := socket.Send(object.Text([]byte("from fetch"))); err != nil {
			return nil, err
		}
	}
	return &object.Response{Status: http.StatusOK, Body: fmt.Append(nil, len(s.Sockets().All("")))}, nil
}

func (c told) WebSocketMessage(s object.State, from object.Socket, m object.Message) error {
	verb, rest, _ := strings.Cut(string(m.Data), " ")
	say := func(format string, args ...any) error {
		return from.Send(object.Text(fmt.Appendf(nil, format, args...)))
	}
	switch verb {
	case "who":
		return say("%s with %q, %d tagged %s", from.Attachment(), from.Tags(), len(s.Sockets().All(rest)), rest)
	case "auto":
		request, response, _ := strings.Cut(rest, "=")
		return errors.Join(s.Sockets().SetAutoResponse(request, response), say("set"))
	case "unset":
		s.Sockets().ClearAutoResponse()
		return say("unset")
	case "when":
		return say("answered: %v", !from.AutoRespondedAt().IsZero())
	case "close":
		var n int
		_, _ = fmt.Sscan(rest, &n)
		first, second := from.Close(n, "told to"), from.Close(n, "again")
		c.heard <- fmt.Sprint(errors.Is(first, object.ErrBadClose), second == nil || first != nil, errors.Is(say("late"), object.ErrSocketClosed))
	case "flood":
		for range 64 {
			_ = from.Send(object.Message{Binary: true, Data: bytes.Repeat([]byte("x"), 64<<10)})
		}
	}
	return nil
}

func (c told) WebSocketClose(_ object.State, _ object.Socket, closing object.Closing) error {
	c.heard <- fmt.Sprintf("closed %d %s clean=%v", closing.Code, closing.Reason, closing.Clean)
	return nil
}

func (c told) expect(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-c.heard:
		if got != want {
			t.Errorf("the object heard %q, want %q", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("the object did not hear %q", want)
	}
}

// asks plays lines "say something" and "= what comes back".
func (p *rawPeer) asks(lines ...string) {
	p.t.Helper()
	for i := 0; i < len(lines); i += 2 {
		if lines[i] != "" {
			p.send(text(lines[i]))
		}
		if got := p.next(); got != lines[i+1] {
			p.t.Fatalf("%s: got %.80q, want %.80q", lines[i], got, lines[i+1])
		}
	}
}

func TestHibernationKeepsWhatBelongsToTheNode(t *testing.T) {
	c := newTold()
	address, path := homeOf(t, refimpl.SocketLimits{}, c.class())
	p := join(t, address, path("o")+"?tags=a,b,a")
	p.asks("", "text welcome", "who a", `text joined by a,b,a with ["a" "b"], 1 tagged a`, "auto ping=pong", "text set")
	<-c.made
	p.send(ping("before")) // neither this nor the auto-response is a reason to stay awake, or to wake
	p.asks("", "pong before")
	for asleep := false; !asleep; { // a message to an object that sleeps makes a new instance
		time.Sleep(150 * time.Millisecond) // over the idle time of the test's node
		p.asks("ping", "text pong", "ping", "text pong")
		if len(c.made) > 0 {
			t.Fatal("an auto-response woke the object")
		}
		p.asks("when", "text answered: true")
		asleep = len(c.made) > 0
	}
	p.asks("who b", `text joined by a,b,a with ["a" "b"], 1 tagged b`, "unset x", "text unset", "when", "text answered: true")
	p.send(text("ping")) // now it is a message like any other, which the class does not know
	p.asks("when", "text answered: true")
}

func TestAutoResponsesAreForEqualTextsOnly(t *testing.T) {
	c := newTold()
	address, path := homeOf(t, refimpl.SocketLimits{}, c.class())
	p := join(t, address, path("o"))
	p.asks("", "text welcome", "when", "text answered: false", "auto who=me", "text set", "who", "text me")
	p.send(bin("who"))
	p.asks("", `text joined by  with [""], 1 tagged `, "who ", `text joined by  with [""], 1 tagged `)
	long := strings.Repeat("x", object.MaxAutoResponseBytes)
	p.asks("auto "+long+"="+long, "text set", long, "text "+long)
	p.asks("auto x"+long+"=no", "text set", long, "text "+long) // refused: the pair before stands
}

func TestClosingByTheObject(t *testing.T) {
	c := newTold()
	address, path := homeOf(t, refimpl.SocketLimits{}, c.class())
	for _, row := range []struct {
		code int
		bad  bool
	}{{1000, false}, {1011, false}, {3000, false}, {4999, false}, {2999, false}, {999, true}, {1004, true}, {1005, true}, {1006, true}, {1015, true}, {5000, true}} {
		p := join(t, address, path(fmt.Sprint(row.code)))
		p.asks("", "text welcome")
		p.send(text(fmt.Sprint("close ", row.code)))
		c.expect(t, fmt.Sprint(row.bad, true, !row.bad))
		if row.bad {
			p.asks("", "text late")
			continue
		}
		p.asks("", fmt.Sprint("close ", row.code))
		p.send(code(row.code%1000+3000, "bye"))
		c.expect(t, fmt.Sprintf("closed %d bye clean=true", row.code%1000+3000))
		p.asks("", "end")
	}
}

func TestAConnectionThatIsLostIsHeardOnce(t *testing.T) {
	c := newTold()
	address, path := homeOf(t, refimpl.SocketLimits{}, c.class())
	p := join(t, address, path("o"))
	p.asks("", "text welcome")
	p.conn.Close()
	c.expect(t, "closed 1006 the connection was lost clean=false")
	q := join(t, address, path("o"))
	q.asks("", "text welcome", "who", `text joined by  with [""], 1 tagged `)
	if len(c.heard) > 0 {
		t.Errorf("heard also: %s", <-c.heard)
	}
}

// get asks over a connection of its own.
func get(t *testing.T, url string) *http.Response {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	return r
}

func TestAResetCutsItsSockets(t *testing.T) {
	c := newTold()
	address, path := homeOf(t, refimpl.SocketLimits{}, c.class())
	p := join(t, address, path("o"))
	p.asks("", "text welcome")
	if r := get(t, "http://"+address+path("o")+"panic"); r.StatusCode != 500 {
		t.Fatal(r.Status)
	}
	p.asks("", "end") // without a Close frame
	if len(c.heard) > 0 {
		t.Errorf("the new instance heard of it: %s", <-c.heard)
	}
}

func TestTagsOfUpgrades(t *testing.T) {
	c := newTold()
	address, path := homeOf(t, refimpl.SocketLimits{}, c.class())
	long, many := strings.Repeat("t", object.MaxTagBytes), "1,2,3,4,5,6,7,8,9,10"
	for _, row := range []struct {
		story, tags string
		status      int
	}{
		{"a tag too long", "x" + long, 409},
		{"a tag too many", "11," + many, 409},
		{"as many tags as may be, one twice", "1," + many, 101},
		{"a tag as long as may be", long, 101},
	} {
		if _, r := handshake(t, address, path("o")+"?tags="+row.tags); r.StatusCode != row.status {
			t.Errorf("%s: %s", row.story, r.Status)
		}
	}
}

func TestSocketsOfANodeAreBounded(t *testing.T) {
	c := newTold()
	address, path := homeOf(t, refimpl.SocketLimits{Sockets: 1}, c.class())
	p := join(t, address, path("o"))
	if _, second := handshake(t, address, path("second")); second.StatusCode != 503 || second.Header.Get("X-Durabench-Error") != "overloaded" {
		t.Errorf("a second socket: %s %v", second.Status, second.Header)
	}
	p.conn.Close()
	for { // until the place is free
		if _, r := handshake(t, address, path("third")); r.StatusCode == 101 {
			return
		}
	}
}

func TestBadHandshakesDoNotReachTheObject(t *testing.T) {
	c := newTold()
	address, path := homeOf(t, refimpl.SocketLimits{}, c.class())
	for _, bad := range []string{
		"Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short", "Sec-WebSocket-Version: 13",
	} {
		r, err := http.NewRequest(http.MethodGet, "http://"+address+path("o"), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Upgrade", "websocket")
		for line := range strings.SplitSeq(bad, "\r\n") {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Set(name, value)
		}
		answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode/100 != 4 {
			t.Errorf("%s: %s", bad, answer.Status)
		}
	}
	if len(c.made) > 0 {
		t.Error("an instance was made")
	}
}

func TestMessageLimits(t *testing.T) {
	for _, row := range []struct {
		story string
		limit int // of the node; 0 is the default
		size  int
		fits  bool
	}{
		{"the default is 1 MiB", 0, 1 << 20, true},
		{"and not a byte more", 0, 1<<20 + 1, false},
		{"it can be lower", 1000, 1001, false},
		{"and higher", 4 << 20, 4 << 20, true},
		{"but not over 32 MiB", 64 << 20, 32<<20 + 1, false},
	} {
		heard := make(chan string, 10)
		address, path := homeOf(t, refimpl.SocketLimits{MessageBytes: row.limit, QueueBytes: 8 << 20}, echo{heard}.class())
		p := join(t, address, path("o"))
		message := strings.Repeat("x", row.size)
		var sending sync.WaitGroup
		sending.Go(func() { _, _ = p.conn.Write(text(message)) }) // may be cut off
		want := "close 1009"
		if row.fits {
			want = "text " + message
		}
		if got := p.next(); got != want {
			t.Errorf("%s: got %.40q", row.story, got)
		}
		p.conn.Close()
		sending.Wait()
	}
}

// A limit on compressed bytes would be none: a megabyte of zeros is a kilobyte. So
// compression is never agreed on, and frames that come so anyway are refused.
func TestCompressionIsNotAgreedOn(t *testing.T) {
	heard := make(chan string, 10)
	address, path := homeOf(t, refimpl.SocketLimits{}, echo{heard}.class())
	p, r := handshake(t, address, path("o"), "Sec-WebSocket-Extensions: permessage-deflate")
	if got := r.Header.Get("Sec-Websocket-Extensions"); r.StatusCode != 101 || got != "" {
		t.Fatalf("%s, extensions %q", r.Status, got)
	}
	var small bytes.Buffer
	deflate, _ := flate.NewWriter(&small, 9)
	_, _ = deflate.Write(make([]byte, 4<<20))
	_ = deflate.Flush()
	p.send(masked(0xc2, small.String()[:1000]))
	p.asks("", "close 1002", "", "end")
}

func TestSlowReadersAreLetGo(t *testing.T) {
	c := newTold()
	address, path := homeOf(t, refimpl.SocketLimits{QueueBytes: 256 << 10}, c.class())
	p, quick := join(t, address, path("o")), join(t, address, path("o"))
	p.asks("", "text welcome")
	for range 4 { // 16 MiB: more than the kernel holds
		p.send(text("flood"))
	}
	quick.asks("", "text welcome", "when", "text answered: false") // nobody else waits
	frame := p.next()
	for strings.HasPrefix(frame, "binary ") {
		frame = p.next()
	}
	if frame != "close 1013" {
		t.Errorf("the last frame was %.40q, want close 1013", frame)
	}
}
