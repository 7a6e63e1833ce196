package refimpl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/regions"
)

// MaxBodyBytes bounds a request's body and a WebSocket message.
const MaxBodyBytes = 1 << 20

var (
	// errStopped answers what a node can no longer take.
	errStopped = errors.Join(errors.New("node stopped"), actor.ErrRetryable)
	// errCrashed answers what a node took and did not finish. Its turn may have run.
	errCrashed = errors.Join(errors.New("node stopped"), actor.ErrUnknownOutcome)
)

// Target is the object that a request is for.
type Target struct {
	Object object.Identity
	Path   string        // the object's own
	Route  time.Duration // what finding its home took
	Hops   int           // times that it was sent after its object
	Edge   regions.ID    // where it came in; empty if the edge does not say
}

// Serve answers a request for an object of this node's region.
func (n *Node) Serve(w http.ResponseWriter, r *http.Request, to Target) {
	request, err := readRequest(w, r, to.Path)
	if err != nil {
		status, message := bodyRefusal(err)
		writeError(w, status, "", message)
		return
	}
	t := &turn{
		identity: to.Object,
		instants: instants{arrived: n.clock()},
		work:     actor.Work{Kind: actor.Fetch, Request: request},
		done:     make(chan struct{}, 1),
	}
	if request.Upgrade {
		refused := n.prepare(r, t, to.Edge)
		if refused != nil {
			writeError(w, refused.status, refused.kind, refused.why)
			return
		}
	}
	err = n.ask(r.Context(), t)
	if err != nil { // the turn may still be running: it is not ours to look at
		t.wire.giveUp()
		if errors.Is(err, actor.ErrMoved) && n.follow(w, r, request, to) {
			return
		}
		n.describe(w.Header(), nil, to.Route)
		writeFailure(w, err)
		return
	}
	n.describe(w.Header(), t, to.Route)
	if to.Hops > 0 {
		w.Header()[movedHeader] = n.homeValue
	}
	opens := t.reply.Status == http.StatusSwitchingProtocols
	n.visit(to, opens)
	switch {
	case opens:
		n.upgrade(w, r, t)
	default:
		t.wire.giveUp()
		writeReply(w, t.reply)
	}
}

func readRequest(w http.ResponseWriter, r *http.Request, path string) (*object.Request, error) {
	request := &object.Request{
		Method: r.Method, Path: path, Query: r.URL.RawQuery, Header: r.Header,
		Upgrade: asksUpgrade(r),
	}
	if r.Body == nil || r.Body == http.NoBody {
		return request, nil
	}
	if r.ContentLength > MaxBodyBytes { // it says so itself: not a byte need be read
		return nil, &http.MaxBytesError{Limit: MaxBodyBytes}
	}
	var err error
	request.Body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBodyBytes))
	return request, err
}

// bodyRefusal tells a client what was wrong with its body.
func bodyRefusal(err error) (status int, message string) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, "the body is over 1 MiB"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout, "the body did not come in time"
	}
	return http.StatusBadRequest, "the body could not be read"
}

// ask waits for the turn's answer. If ctx ends first the outcome is unknown, and the turn is not touched any more.
func (n *Node) ask(ctx context.Context, t *turn) error {
	select {
	case <-n.watcher:
		return errStopped
	default:
	}
	if !n.shardOf(t.identity.ID).mail.offer(t) {
		n.turnedAway.Add(1)
		return actor.ErrOverloaded
	}
	select {
	case <-t.done:
		return t.cause
	case <-n.watcher:
		select {
		case <-t.done: // both: the answer is what counts
			return t.cause
		default:
			return errCrashed
		}
	case <-ctx.Done():
		return errors.Join(ctx.Err(), actor.ErrUnknownOutcome)
	}
}

// describe says who answers and, if a turn did, where its time went.
func (n *Node) describe(h http.Header, t *turn, route time.Duration) {
	out := appendPart(make([]byte, 0, 96), "route", route)
	if t != nil {
		out = t.timing().append(out)
		h[epochHeader] = []string{strconv.FormatUint(t.epoch, 10)}
	}
	setTiming(h, out)
	h[homeHeader] = n.homeValue
	h[nodeHeader] = n.nodeValue
}

// ownPrefix begins the headers by which nodes and edges speak to each other.
const ownPrefix = "X-Durabench-"

// addHeader adds what an object says to what its node does. The node's own words are not
// the object's to say: edges would believe that it lives elsewhere.
func addHeader(h, objects http.Header) {
	for name, values := range objects {
		if len(name) < len(ownPrefix) || !strings.EqualFold(name[:len(ownPrefix)], ownPrefix) {
			h[name] = values
		}
	}
}

func writeReply(w http.ResponseWriter, reply *object.Response) {
	if reply.Status < 200 || reply.Status > 599 { // net/http would panic, or wait for the real one
		writeError(w, http.StatusInternalServerError, "", fmt.Sprintf("the object gave the status %d", reply.Status))
		return
	}
	h := w.Header()
	addHeader(h, reply.Header)
	contentType := reply.ContentType
	if contentType == "" {
		contentType = "text/plain; charset=utf-8"
	}
	if reply.Status != http.StatusNoContent && reply.Status != http.StatusNotModified { // they have no body: RFC 9110, sections 15.3.5 and 15.4.5
		h["Content-Type"] = []string{contentType}
		h["Content-Length"] = []string{strconv.Itoa(len(reply.Body))}
	}
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body) // a client that is gone has nobody to tell
}

// writeFailure tells the kinds of failure apart, for whoever must decide whether to try again.
func writeFailure(w http.ResponseWriter, err error) {
	how := outcomeOf(err)
	status := http.StatusInternalServerError
	if how == overloaded || how == retryable {
		status = http.StatusServiceUnavailable
	}
	writeError(w, status, outcomeNames[how], firstLine(err))
}

func writeError(w http.ResponseWriter, status int, kind, message string) {
	body, err := json.Marshal(struct {
		Error string `json:"error"`
	}{message})
	if err != nil {
		panic("refimpl: encode a string: " + err.Error())
	}
	h := w.Header()
	if kind != "" {
		h[errorHeader] = []string{kind}
	}
	h["Content-Type"] = []string{object.JSONType}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
