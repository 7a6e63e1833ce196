package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// ownLoad is the load for machines without wrk: one goroutine per connection, which writes a request
// prepared beforehand and reads the answer before it writes the next.
type ownLoad struct{}

func (ownLoad) String() string {
	return "own closed-loop client (wrk is not on PATH or was not wanted)"
}

func (ownLoad) drive(ctx context.Context, addr string, t target, d time.Duration) (sample, error) {
	requests := make([][]byte, t.Objects)
	for i := range requests {
		requests[i] = fmt.Appendf(nil, "GET %s?id=%s HTTP/1.1\r\nHost: %s\r\n\r\n", t.Path, t.id(i), addr)
	}
	start := time.Now()
	parts := make([]part, connections)
	var all sync.WaitGroup
	for i := range parts {
		all.Go(func() { parts[i].drive(ctx, addr, requests, i, start.Add(d)) })
	}
	all.Wait()
	if ctx.Err() != nil {
		return sample{}, fmt.Errorf("drive %s: %w", addr, ctx.Err())
	}
	return merge(parts, time.Since(start))
}

// part is what one connection saw.
type part struct {
	took   []time.Duration // of each good answer
	errors int
	err    error // why the connection broke
}

// drive asks at least once. It begins at its own place in the objects, so that connections do not
// march in step.
func (p *part) drive(ctx context.Context, addr string, requests [][]byte, first int, until time.Time) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		p.err = err
		return
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	_ = conn.SetDeadline(until.Add(10 * time.Second)) // a server that hangs ends the measurement, not us
	in := bufio.NewReader(conn)
	turn := first * len(requests) / connections
	for sent := time.Now(); ; {
		if _, p.err = conn.Write(requests[turn%len(requests)]); p.err != nil {
			return
		}
		turn++
		good, err := readAnswer(in)
		if err != nil {
			p.err = err
			return
		}
		now := time.Now()
		if good {
			p.took = append(p.took, now.Sub(sent))
		} else {
			p.errors++
		}
		if !now.Before(until) {
			return
		}
		sent = now
	}
}

// readAnswer reads one whole answer and tells whether its status was good.
func readAnswer(in *bufio.Reader) (good bool, err error) {
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return false, err
	}
	return resp.StatusCode == http.StatusOK, nil
}

func merge(parts []part, elapsed time.Duration) (sample, error) {
	s := sample{Elapsed: elapsed}
	var took []time.Duration
	var broken []error
	for _, p := range parts {
		took = append(took, p.took...)
		s.Errors += p.errors
		if p.err != nil {
			s.Errors++
			broken = append(broken, p.err)
		}
	}
	if len(broken) == len(parts) {
		return s, fmt.Errorf("every connection broke: %w", broken[0])
	}
	s.Done = len(took)
	if s.Done > 0 {
		slices.Sort(took)
		s.P50, s.P99 = took[s.Done/2], took[s.Done*99/100]
	}
	return s, nil
}
