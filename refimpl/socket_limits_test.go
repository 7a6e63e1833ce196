package refimpl_test

import (
	"bytes"
	"compress/flate"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
)

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
