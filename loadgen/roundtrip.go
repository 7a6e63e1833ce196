package loadgen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// maxReply bounds how much of a reply's body is read.
const maxReply = 1 << 20

// errorHeader says what a refusal means, where the status alone does not.
const errorHeader = "X-Durabench-Error"

// answer is what came back for one request.
type answer struct {
	status int
	header http.Header
	body   []byte
	// err is why there is no whole reply; began says that a connection had been
	// found by then, so the request may have been sent.
	err   error
	began bool
}

// RoundTrip sends one request of the attack and observes it. It reads the body
// itself, because the operation is done only then, and hands vegeta an empty one.
func (a *attack) RoundTrip(request *http.Request) (*http.Response, error) {
	o, err := a.open(request)
	if err != nil {
		return nil, err
	}
	a.gauge.enter(a.Workers)
	o.Sent = a.now()
	answer := a.exchange(request)
	o.Done = a.now()
	a.gauge.leave(o.Sent - o.Scheduled)
	a.settle(&o, &answer)
	a.Record(o)
	if answer.err != nil {
		return nil, answer.err
	}
	return &http.Response{StatusCode: answer.status, Body: http.NoBody, Request: request}, nil
}

func (a *attack) exchange(request *http.Request) (reply answer) {
	ctx, cancel := context.WithTimeout(a.requests, a.Timeout)
	defer cancel()
	var began atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { began.Store(true) },
	})
	response, err := a.Transport.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return answer{err: a.explain(err), began: began.Load()}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReply))
	if err != nil {
		err = a.explain(fmt.Errorf("read reply: %w", err))
	}
	return answer{status: response.StatusCode, header: response.Header, body: body, err: err, began: true}
}

// explain tells a time-out from the end of the run; both end as a cancelled context.
func (a *attack) explain(err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no reply within %s", a.Timeout)
	case errors.Is(err, context.Canceled):
		return errors.New("the run ended before the reply")
	}
	return err
}

// settle fills in what the answer tells.
func (a *attack) settle(o *Observation, reply *answer) {
	if reply.err != nil {
		o.Outcome, o.Reply.Error = lost(o.Operation.Kind, reply.began), reply.err.Error()
		o.Reply.Status = reply.status
		return
	}
	o.Server = serverOf(reply.header)
	o.Outcome = outcomeOf(o.Operation.Kind, reply.status, reply.header.Get(errorHeader))
	if o.Outcome != OK {
		o.Reply = Reply{Status: reply.status, Error: refusal(reply)}
		return
	}
	decoded, err := a.Source.Decode(o.Operation.Kind, reply.status, reply.body)
	decoded.Status = reply.status
	o.Reply = decoded
	if err != nil {
		o.Outcome, o.Reply.Error = lost(o.Operation.Kind, true), err.Error()
		return
	}
	o.Budget = budgetOf(reply.header, o)
}

// lost is the outcome when no good reply came. began says that the request may
// have reached the object.
func lost(kind Kind, began bool) Outcome {
	if began && kind.writes() {
		return Unknown
	}
	return Failed
}

// outcomeOf reads a reply's status and error mark. Only a refusal that the
// target marks as such is certain to have had no effect.
func outcomeOf(kind Kind, status int, mark string) Outcome {
	switch {
	case status >= 200 && status < 300, status >= 400 && status < 500:
		return OK
	case status == http.StatusServiceUnavailable && (mark == "overloaded" || mark == "retryable"):
		return Failed
	}
	return lost(kind, true)
}

func refusal(reply *answer) string {
	if mark := reply.header.Get(errorHeader); mark != "" {
		return mark
	}
	const enough = 200
	return fmt.Sprintf("status %d: %.*q", reply.status, enough, reply.body)
}

// gauge counts how the generator itself fared.
type gauge struct {
	asked, late, capped atomic.Uint64
	underway            atomic.Int64
	longest             atomic.Int64
}

func (g *gauge) enter(limit int) {
	g.asked.Add(1)
	if g.underway.Add(1) >= int64(limit) {
		g.capped.Add(1)
	}
}

func (g *gauge) leave(waited time.Duration) {
	g.underway.Add(-1)
	g.waited(waited)
}

func (g *gauge) waited(waited time.Duration) {
	if waited > LateAfter {
		g.late.Add(1)
	}
	for {
		longest := g.longest.Load()
		if int64(waited) <= longest || g.longest.CompareAndSwap(longest, int64(waited)) {
			return
		}
	}
}

func (g *gauge) load() Load {
	return Load{
		Asked:   g.asked.Load(),
		Late:    g.late.Load(),
		Longest: time.Duration(g.longest.Load()),
		Capped:  g.capped.Load(),
	}
}
