package refimpl

import (
	"bufio"
	"net"
	"net/http"
	"time"
)

// deliver passes a request on to its object's home, and learns from the answer where
// the object lives.
//
// An upgrade that its object's old home has refused goes after the object from here,
// and not through that home, as other requests do: a socket should not go two ways for as
// long as it lives. Its client notices nothing.
//
//	client ──> edge ──> old home    503, and where the object went: kept from the client
//	             └────> new home    101
func (e *Edge) deliver(w http.ResponseWriter, r *http.Request, home Home, to Target, began time.Time) {
	if !asksUpgrade(r) || r.ContentLength != 0 { // what has a body can be sent once
		home.Serve(w, r, to)
		e.hear(w.Header(), to)
		return
	}
	for home != nil {
		to.Route = e.clock().Sub(began) // to find its home took all the asking before, too
		answer := &answering{to: w, header: w.Header().Clone(), next: func(h http.Header) Home {
			if to.Hops >= maxHops {
				return nil
			}
			return e.locator.homes[movedTo(h)]
		}}
		home.Serve(answer, r, to)
		e.hear(answer.header, to)
		home = answer.elsewhere
		to.Hops++
	}
}

// hear learns from an answer.
func (e *Edge) hear(h http.Header, to Target) {
	if moved := movedTo(h); moved != "" {
		e.locator.learn(to.Object.ID, moved)
	}
}

// answering writes the answer to an upgrade, unless that is that the object has moved.
type answering struct {
	to     http.ResponseWriter
	header http.Header
	next   func(http.Header) Home // where to ask instead; nil is nowhere

	began     bool
	elsewhere Home // where to ask instead of answering
}

func (a *answering) Header() http.Header { return a.header }

// WriteHeader keeps a refusal back after which one may ask elsewhere: retryable, so the
// object has not heard of the request, and saying where it lives. A class cannot say so.
func (a *answering) WriteHeader(status int) {
	if a.began || status < http.StatusOK && status != http.StatusSwitchingProtocols {
		return // early hints are no answer
	}
	a.began = true
	if status == http.StatusServiceUnavailable && a.header.Get(errorHeader) == outcomeNames[retryable] {
		if a.elsewhere = a.next(a.header); a.elsewhere != nil {
			return
		}
	}
	h := a.to.Header()
	clear(h)
	for name, values := range a.header {
		h[name] = values
	}
	a.to.WriteHeader(status)
}

func (a *answering) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.elsewhere != nil {
		return len(p), nil
	}
	return a.to.Write(p)
}

// Hijack is for who has agreed to the upgrade, and writes the answer itself.
func (a *answering) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(a.to).Hijack()
}
