package virtual

import (
	"errors"
	"net/http"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
)

// stage is where a request is on its way.
type stage uint8

const (
	arriving  stage = iota // on its way to the home
	returning              // the reply is on its way to the edge
	received               // the client has it
)

// request is one HTTP request, or one event of a WebSocket.
type request struct {
	obs      loadgen.Observation
	path     string // and query, as the client asked
	key      string // of a limiter
	edge     *edge
	line     *line
	member   *member // of a chat's joins and messages
	identity object.Identity
	work     actor.Work
	request  object.Request

	stage stage
	epoch uint64
	reply *object.Response
	cause error
	gone  bool                   // the client has given up
	place uint64                 // among the load's requests
	then  func(*world, *request) // of a Worker that called the object

	asked, left, arrived, loaded, began, ended, released time.Duration
}

// found goes on once the edge knows the home.
func (q *request) found(w *world, l located) {
	q.identity = l.identity
	q.line = q.edge.lines[l.home.id]
	q.work.Kind, q.work.Request = actor.Fetch, &q.request
	q.asked = w.now
	q.line.carry(w, q)
}

// depart puts the request on the network.
func (q *request) depart(w *world) {
	q.left = w.now
	q.stage = arriving
	w.after(q.line.path.delay()+w.Profile.Forward.draw(q.edge.random), q)
}

func (q *request) fire(w *world) {
	switch q.stage {
	case arriving:
		q.arrived = w.now
		q.line.home.shardOf(q.identity.ID).put(q)
	case returning:
		q.line.free(w)
		q.stage = received
		w.after(w.Profile.Return.draw(q.edge.random), q)
	case received:
		switch {
		case q.then != nil:
			q.then(w, q)
		case q.member != nil:
			q.member.joined(w, q)
		default:
			w.load.done(w, q)
		}
	}
}

// ran notes when the turn was. Loaded is when its object came to life.
func (q *request) ran(began, ended, loaded time.Duration) {
	q.began, q.ended = max(began, q.arrived), ended
	if loaded > q.arrived {
		q.loaded = loaded
		q.began = max(q.began, loaded)
	}
}

// answered sends the reply, or the refusal, back.
func (q *request) answered(w *world, reply *object.Response, cause error) {
	q.reply, q.cause, q.released = reply, cause, w.now
	q.stage = returning
	if q.member != nil && reply != nil && reply.Status == http.StatusSwitchingProtocols {
		// The connection is the WebSocket's from now on, and what follows on it keeps its order.
		q.stage = received
		q.member.accepted(w, q)
		return
	}
	w.after(q.line.path.delay(), q)
}

// budget splits the latency into its parts.
func (q *request) budget(done time.Duration) loadgen.Budget {
	var b loadgen.Budget
	b[loadgen.Wait] = q.obs.Sent - q.obs.Scheduled
	b[loadgen.Route] = q.asked - q.obs.Sent
	if q.ended > 0 {
		b[loadgen.Queue] = q.began - q.arrived
		if q.loaded > 0 {
			b[loadgen.Activate] = q.loaded - q.arrived
			b[loadgen.Queue] = q.began - q.loaded
		}
		b[loadgen.Turn] = q.ended - q.began
		b[loadgen.Commit] = q.released - q.ended
	} else {
		b[loadgen.Queue] = q.released - q.arrived
	}
	home := q.released - q.arrived
	b[loadgen.WAN] = done - q.asked - home
	return b
}

// settle fills the observation in, as a live client would see the reply.
func (q *request) settle(source loadgen.Source, now time.Duration) {
	o := &q.obs
	o.Done = now
	o.Server = loadgen.Server{Home: q.line.home.id, Node: q.line.home.node, Epoch: q.epoch}
	if q.cause != nil {
		o.Reply.Error = q.cause.Error()
		o.Outcome = outcomeOf(q.cause, o.Operation.Kind)
		return
	}
	reply, err := source.Decode(o.Operation.Kind, q.reply.Status, q.reply.Body)
	reply.Status = q.reply.Status
	o.Reply, o.Outcome, o.Budget = reply, loadgen.OK, q.budget(now)
	switch {
	case err != nil, q.reply.Status >= 500:
		o.Outcome = loadgen.Unknown
		if o.Operation.Kind == loadgen.Read {
			o.Outcome = loadgen.Failed
		}
		if err != nil {
			o.Reply.Error = err.Error()
		}
	}
}

// outcomeOf is what a client may conclude from a refusal.
func outcomeOf(cause error, kind loadgen.Kind) loadgen.Outcome {
	switch {
	case errors.Is(cause, actor.ErrUnknownOutcome) && kind != loadgen.Read,
		errors.Is(cause, actor.ErrReset) && kind != loadgen.Read:
		return loadgen.Unknown
	}
	return loadgen.Failed
}
